import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import type {TestRegistry} from '../testing/registry.js';
import {ask, blobRequests, setting, visit} from '../testing/visit.js';

afterEach(async () => {
  await closeAll();
  localStorage.clear();
});

/** A release whose champion names the version that a rollback from it goes to. */
function naming(
  registry: TestRegistry,
  versions: Parameters<TestRegistry['release']>[0],
  previous: string,
  version: number,
) {
  const release = registry.release(versions, {version});
  const {scale} = release.models;
  scale!.versions[scale!.champion]!.previous = previous;
  return release;
}

test('the version that the release names as the previous one stays, so that a rollback to it needs no download', async () => {
  const {registry, old, next} = await setting();
  const newest = await registry.publish('1.2.0', 4, {note: 'newest'});
  await visit(registry);
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await visit(registry, {releaseWaitMs: 30_000});
  await registry.putRelease(naming(registry, [newest, next, old], '1.0.0', 3));
  const kedge = await client(registry, {releaseWaitMs: 30_000});
  expect(await ask(kedge)).toMatchObject({y: 4});
  const pins = (await kedge.storage()).versions.map(({version, pinned}) => `${version} ${pinned}`).sort();
  expect(pins).toEqual(['1.0.0 previous', '1.2.0 active']);
  await kedge.close();
  const before = await blobRequests(registry);
  await registry.putRelease(registry.release([old, next, newest], {version: 4}));
  expect(await visit(registry, {releaseWaitMs: 30_000})).toMatchObject({
    y: 2,
    served: {source: 'model', version: '1.0.0'},
  });
  expect(await blobRequests(registry)).toBe(before);
});

test('it answers in place of a champion that can’t be had, unless it is revoked', async () => {
  const {registry, old, next} = await setting();
  await visit(registry);
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await visit(registry, {releaseWaitMs: 30_000});
  const newest = await registry.publish('1.2.0', 4, {note: 'newest'});
  await registry.putText(`/blobs/${newest.manifest.artifacts[0]!.sha256}`, 'away', {status: 404});
  const release = naming(registry, [newest, next, old], '1.0.0', 3);
  await registry.putRelease(release);
  const asked = {releaseWaitMs: 30_000};
  expect(await visit(registry, asked)).toMatchObject({y: 2, served: {source: 'previous', version: '1.0.0'}});
  release.models.scale!.revoked = ['1.0.0'];
  await registry.putRelease({...release, version: 4});
  expect(await visit(registry, asked)).toMatchObject({y: 3, served: {source: 'previous', version: '1.1.0'}});
});

test('a device that was in an arm keeps the champion while the experiment runs, and what the next champion names after it', async () => {
  const {registry, old, next} = await setting();
  const newest = await registry.publish('1.2.0', 4, {note: 'newest'});
  await visit(registry);
  const running = registry.release([old, next], {version: 2});
  const arm = {key: 'b', version: '1.1.0', weight: 10_000, ranges: [[0, 10_000] as [number, number]]};
  const experiment = {key: 'e', model: 'scale', phase: 1, salt: 's', hash: 'murmur3-1' as const, unassigned: 0};
  running.experiments = [{...experiment, status: 'running', arms: [arm]}];
  await registry.putRelease(running);
  expect(await visit(registry, {releaseWaitMs: 30_000})).toMatchObject({y: 3, served: {version: '1.1.0'}});
  await registry.putRelease(naming(registry, [newest, next, old], '1.0.0', 3));
  const kedge = await client(registry, {releaseWaitMs: 30_000});
  expect(await ask(kedge)).toMatchObject({y: 4});
  const pins = (await kedge.storage()).versions.map(({version, pinned}) => `${version} ${pinned}`).sort();
  expect(pins).toEqual(['1.0.0 previous', '1.2.0 active']);
});
