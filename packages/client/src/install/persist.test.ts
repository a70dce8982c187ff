import {KedgeError} from '@kedge/core';
import {expect, describe, test, vi} from 'vitest';
import type {Served} from '../../testing/file-server.js';
import {installsOn, noise, progressLog, Shelf, type Shelved, spansOf} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import {Unavailable} from './fetch.js';
import {Mirrors} from './mirrors.js';
import {persist} from './persist.js';

const chunkBytes = 64 * 1024;
const live = new AbortController().signal;
const quiet = () => {};
const {current, expectWhole} = useStore();

describe('of several registries', () => {
  const length = 3 * chunkBytes;
  async function mirrored(first: Served): Promise<{shelves: [Shelf, Shelf]; version: Shelved}> {
    const shelves: [Shelf, Shelf] = [new Shelf(), new Shelf()];
    const version = await shelves[1].shelve(noise(length), {chunkBytes});
    await shelves[0].putManifest(version);
    await shelves[0].putBlob(version, first);
    return {shelves, version};
  }

  test.each<[string, Served, number]>([
    ['wrong bytes', {wrongFrom: chunkBytes}, chunkBytes],
    ['no such file', {status: 404}, 0],
    ['no answer', {silent: true}, 0],
    ['503', {status: 503}, 0],
    ['a broken connection', {breakAt: 2 * chunkBytes + 1}, 2 * chunkBytes],
  ])('the second one is asked for the rest when the first gives %s', async (_, served, from) => {
    const {shelves, version} = await mirrored(served);
    const installs = installsOn(current(), shelves, {stallMs: 3000});
    expect((await installs.install(version.digest, {signal: live, onProgress: quiet})).problems).toEqual([]);
    await expectWhole(version);
    expect(await shelves[0].asked(version.blob)).toHaveLength(1);
    expect(spansOf(await shelves[1].asked(version.blob), length)).toEqual([[from, length]]);
  });

  test('one that gave wrong bytes is not asked for other runs', async () => {
    const {shelves, version} = await mirrored({wrongFrom: 0});
    // With the middle chunk in the store there are two runs.
    const middle = version.bytes.slice(chunkBytes, 2 * chunkBytes);
    const {sha256} = version.blob.chunks[1]!;
    await current().putChunks([{sha256, data: middle}]);
    await installsOn(current(), shelves, {lanes: 1}).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    expect(await shelves[0].asked(version.blob)).toHaveLength(1);
    expect(await shelves[1].asked(version.blob)).toHaveLength(2);
  });

  test('manifests come from the next one too, and the one that gave a page is asked last from then on', async () => {
    const {shelves, version} = await mirrored({});
    await shelves[0].putManifest(version, {headers: {'content-type': 'text/html'}});
    await installsOn(current(), shelves).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    expect((await shelves[1].all()).map(({path}) => path)).toEqual([
      `${shelves[1].path}/manifests/${version.digest}.json`,
      `${shelves[1].path}/blobs/${version.blob.sha256}`,
    ]);
  });

  test('a wrong manifest that a cache may keep for a year does not stay wrong', async () => {
    const shelf = new Shelf();
    const version = await shelf.shelve(noise(length), {chunkBytes});
    const headers = {'cache-control': 'public, max-age=31536000, immutable'};
    await shelf.putManifest(version, {headers, wrongFrom: 9, times: 1});
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
  });

  test('the first one is asked again, past every cache, when it gave wrong bytes once and the second is down', async () => {
    const {shelves, version} = await mirrored({wrongFrom: 0, times: 1});
    await shelves[1].putBlob(version, {status: 503});
    await installsOn(current(), shelves).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    expect(await shelves[0].asked(version.blob)).toHaveLength(2);
    expect(await shelves[1].asked(version.blob)).toHaveLength(1);
  });

  test('the same of a manifest that a cache may keep wrong for a year', async () => {
    const {shelves, version} = await mirrored({});
    const headers = {'cache-control': 'public, max-age=31536000, immutable'};
    await shelves[0].putManifest(version, {headers, wrongFrom: 9, times: 1});
    for (const put of ['putManifest', 'putBlob'] as const) await shelves[1][put](version, {status: 503});
    await installsOn(current(), shelves).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
  });

  test('when all give wrong bytes each is asked twice, past every cache', async () => {
    const {shelves, version} = await mirrored({wrongFrom: 0});
    await shelves[1].putBlob(version, {wrongFrom: 0});
    const install = installsOn(current(), shelves).install(version.digest, {signal: live, onProgress: quiet});
    await expect(install).rejects.toMatchObject({code: 'artifact_corrupt'});
    expect(await shelves[0].asked(version.blob)).toHaveLength(2);
    expect(await shelves[1].asked(version.blob)).toHaveLength(2);
  });
});

test('a pause that one lane was told of holds for the others too, whatever they met', async () => {
  const mirrors = new Mirrors(['https://registry.example']);
  const begun = performance.now();
  const asked: number[] = [];
  const options = {mirrors, signal: live, begun: () => true, gained: () => false, onWait: quiet, onGo: quiet};
  const lane = (afterMs: number, failure: Error) => {
    let failed = false;
    return persist(options, async () => {
      if (failed) return void asked.push(performance.now() - begun);
      failed = true;
      await new Promise(resolve => setTimeout(resolve, afterMs));
      throw failure;
    });
  };
  await Promise.all([
    lane(0, new Unavailable('429', 1500)),
    lane(50, new KedgeError('network', 'the connection was reset')),
  ]);
  expect(asked).toHaveLength(2);
  expect(Math.min(...asked)).toBeGreaterThanOrEqual(1499);
});

describe('offline', () => {
  async function shelved(served: Served): Promise<{shelf: Shelf; version: Shelved}> {
    const shelf = new Shelf();
    return {shelf, version: await shelf.shelve(noise(5 * chunkBytes), {chunkBytes, served})};
  }
  const goOffline = () => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);

  test('a download that has begun waits for the network, asks nothing meanwhile, and goes on', async () => {
    const {shelf, version} = await shelved({breakAt: 2 * chunkBytes + 9, times: 1});
    const {told, onProgress} = progressLog();
    const offline = goOffline();
    const install = installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress});
    await expect.poll(() => told.at(-1)).toEqual({state: 'waiting', reason: 'offline', retryInMs: null});
    await new Promise(resolve => setTimeout(resolve, 1500));
    expect(await shelf.asked(version.blob)).toHaveLength(1);
    offline.mockRestore();
    dispatchEvent(new Event('online'));
    await install;
    await expectWhole(version);
    expect(await shelf.asked(version.blob)).toHaveLength(2);
  });

  test('one that has not begun fails at once, so that what is installed can serve', async () => {
    const {shelf, version} = await shelved({status: 503});
    goOffline();
    const install = installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expect(install).rejects.toMatchObject({code: 'network'});
    expect(await shelf.asked(version.blob)).toHaveLength(1);
  });
});
