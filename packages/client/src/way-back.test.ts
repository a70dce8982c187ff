import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import type {TestRegistry} from '../testing/registry.js';
import {ask, blobRequests, setting, visit} from '../testing/visit.js';
import type {Model, PredictOptions} from './api.js';
import type {Run} from './healing/runs.js';
import type {ServedModel} from './model.js';

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

describe('a version that is revoked while a page has it loaded', () => {
  /** A page on which 1.1.0 serves, on a device that has 1.0.0 too, and a release that revokes these. */
  async function page(options: {withBaseline: boolean}) {
    const {registry, old, next} = await setting();
    await visit(registry);
    await registry.putRelease(registry.release([next, old], {version: 2}));
    await visit(registry, {releaseWaitMs: 30_000});
    const kedge = await client(registry);
    const baseline = () => ({y: Float32Array.of(-1)});
    const model = await kedge.model('scale', options.withBaseline ? {baseline} : {});
    await expect.poll(() => isGuarded(model)).toBe(true);
    const revoke = async (champion: 'old' | 'newest', revoked: string[], version: number, enabled = true) => {
      const newest = await registry.publish('1.2.0', 4, {note: 'newest'});
      const release = registry.release(champion === 'old' ? [old, next] : [newest, old, next], {version});
      Object.assign(release.models.scale!, {revoked, enabled});
      await registry.putRelease(release);
      await kedge.refresh();
    };
    const answer = async (value = 1, call: PredictOptions = {}) => {
      const {outputs, served} = await model.predict({x: Float32Array.of(value)}, call);
      return {y: outputs.y!.data[0], source: served.source, version: served.version, reason: served.reason};
    };
    return {model, revoke, answer};
  }

  /** What looks after it comes in idle time; until then the baseline answers. */
  const isGuarded = (model: Model) => !!(model as unknown as {breaker?: object}).breaker;
  const before = {source: 'previous', version: '1.0.0', reason: 'model_disabled'};

  test.each([true, false])(
    'the one before answers each call, also those made at once (baseline: %s)',
    async withBaseline => {
      const {model, revoke, answer} = await page({withBaseline});
      expect(await answer()).toMatchObject({y: 3, source: 'model', version: '1.1.0'});
      await revoke('old', ['1.1.0'], 3);
      const answers = await Promise.all([1, 2, 3].map(value => answer(value, {transfer: value === 2})));
      expect(answers).toEqual([2, 4, 6].map(y => ({...before, y})));
      expect(await answer(5)).toEqual({...before, y: 10});
      expect(model.served).toMatchObject(before);
    },
  );

  test('the baseline answers where that is revoked too, at once', async () => {
    const {revoke, answer} = await page({withBaseline: true});
    await answer();
    await revoke('newest', ['1.0.0', '1.1.0'], 3);
    for (const transfer of [false, true])
      expect(await answer(1, {transfer})).toEqual({y: -1, source: 'baseline', version: null, reason: 'model_disabled'});
  });

  test('the one before is given up as well once it is revoked', async () => {
    const {revoke, answer} = await page({withBaseline: true});
    await answer();
    await revoke('newest', ['1.1.0'], 3);
    expect(await answer()).toEqual({...before, y: 2});
    await revoke('newest', ['1.0.0', '1.1.0'], 4);
    expect(await answer()).toMatchObject({y: -1, source: 'baseline', reason: 'model_disabled'});
  });

  test.each<[string, string[], boolean]>([
    ['is revoked', ['1.0.0'], true],
    ['is off with its model', [], false],
  ])('one that answers for a while ends with the release in which it %s', async (_, revoked, enabled) => {
    const {model, revoke, answer} = await page({withBaseline: true});
    const {breaker, loaded} = model as ServedModel;
    for (let i = 0; i < 9; i++) breaker!.missed({loaded, startedMs: Infinity} as Run);
    await expect.poll(() => breaker!.previous).toBeDefined();
    const hasty = {deadlineMs: 20_000};
    expect(await answer(1, hasty)).toMatchObject({y: 2, source: 'previous', version: '1.0.0'});
    await revoke('newest', revoked, 3, enabled);
    expect(await answer(1, hasty)).toMatchObject({y: -1, source: 'baseline'});
  });
});
