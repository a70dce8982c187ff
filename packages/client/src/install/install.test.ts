import {describe, expect, test, vi} from 'vitest';
import type {Served} from '../../testing/file-server.js';
import {blobOf, installsOn, noise, progressLog, Shelf, type Shelved, spansOf} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import type {Progress} from '../api.js';

const KiB = 1024;
const chunkBytes = 64 * KiB;
const live = new AbortController().signal;
const quiet = () => {};

const {current, expectWhole, storedBytes} = useStore();

async function shelved(length: number, served?: Served): Promise<{shelf: Shelf; version: Shelved}> {
  const shelf = new Shelf();
  return {shelf, version: await shelf.shelve(noise(length), {chunkBytes, ...(served && {served})})};
}

const whole = (requests: readonly {range: string | null}[]) => requests.map(({range}) => range);
const downloads = (told: readonly Progress[]) =>
  told.flatMap(progress => (progress.state === 'downloading' ? [progress] : []));

describe('a download', () => {
  test('of 55 MB runs over three lanes at once, each byte once', async () => {
    // Slower than the disk: the first lane begins while the record is written.
    const {shelf, version} = await shelved(55e6, {dripMs: 4});
    const {told, onProgress} = progressLog();
    const installed = await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress});
    expect(installed).toMatchObject({downloadedBytes: 55e6, problems: []});
    await expectWhole(version);
    const requests = await shelf.asked(version.blob);
    const spans = spansOf(requests, 55e6).sort((a, b) => a[0] - b[0]);
    expect(spans).toHaveLength(3);
    expect(spans.map(([start], i) => start - (spans[i - 1]?.[1] ?? 0))).toEqual([0, 0, 0]);
    expect(spans.at(-1)![1]).toBe(55e6);
    expect(Math.max(...requests.map(({atOnce}) => atOnce))).toBe(3);
    expect(downloads(told).at(-1)).toMatchObject({loadedBytes: 55e6, totalBytes: 55e6, reusedBytes: 0});
  });

  test('from a server that ignores ranges takes each blob of one answer, its other requests give way', async () => {
    const {shelf, version} = await shelved(55e6, {ignoreRange: true, dripMs: 0});
    const small = await blobOf(noise(10 * KiB, 2), chunkBytes);
    await shelf.putBlob({blob: small, bytes: noise(10 * KiB, 2)});
    const artifacts = [{path: 'graph.onnx', ...small}, ...version.manifest.artifacts];
    const {digest} = await shelf.list({...version.manifest, artifacts});
    const {told, onProgress} = progressLog();
    const {downloadedBytes} = await installsOn(current(), [shelf]).install(digest, {signal: live, onProgress});
    // What was under way to those that gave way is not counted, and is little.
    expect(downloadedBytes).toBe(55e6 + 10 * KiB);
    await expectWhole({...version, digest});
    const sent = (await shelf.asked(version.blob)).reduce((sum, {sentBytes}) => sum + sentBytes, 0);
    expect(sent).toBeLessThan(1.5 * 55e6);
    expect(downloads(told).at(-1)).toMatchObject({loadedBytes: 55e6 + 10 * KiB});
  });

  test('from such a server begins with what is missing, and asks for what is there of no lane', async () => {
    const {shelf, version} = await shelved(55e6, {ignoreRange: true});
    const {chunks} = version.blob;
    const stored = [0, 1, 2, 400, 401].map(i => ({
      sha256: chunks[i]!.sha256,
      data: version.bytes.slice(i * chunkBytes, (i + 1) * chunkBytes),
    }));
    await current().putChunks(stored);
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    expect(await shelf.asked(version.blob)).toHaveLength(1);
  });

  test('of a small version is one request without Range', async () => {
    const {shelf, version} = await shelved(500 * KiB);
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    expect(whole(await shelf.asked(version.blob))).toEqual([null]);
  });

  test('stores chunks that come together in one transaction', async () => {
    const shelf = new Shelf();
    const version = await shelf.shelve(noise(60 * KiB), {chunkBytes: KiB});
    const begun = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    const written = begun.mock.calls.filter(
      ([names, mode]) => mode === 'readwrite' && [names].flat().includes('chunks'),
    );
    begun.mockRestore();
    await expectWhole(version);
    expect(written.length).toBeGreaterThan(0);
    expect(written.length).toBeLessThan(6);
  });

  test('tells bytes that only grow, at most about ten times a second, with a speed once there is evidence', async () => {
    const {shelf, version} = await shelved(2048 * KiB, {dripMs: 60});
    const {told, onProgress} = progressLog();
    const begun = performance.now();
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress});
    const seconds = (performance.now() - begun) / 1000;
    const loaded = downloads(told).map(({loadedBytes}) => loadedBytes);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
    expect(loaded[0]).toBe(0);
    expect(loaded.at(-1)).toBe(2048 * KiB);
    expect(loaded.length).toBeLessThan(10 * seconds + 3);
    expect(loaded.length).toBeGreaterThan(5);
    expect(downloads(told)[0]).toMatchObject({bytesPerSecond: null, remainingMs: null});
    const late = downloads(told).at(-3)!;
    expect(late.bytesPerSecond).toBeGreaterThan(0);
    expect(late.remainingMs).toBeCloseTo(((late.totalBytes - late.loadedBytes) / late.bytesPerSecond!) * 1000, 3);
  });

  test('that stalls is given up and goes on with what is missing', async () => {
    const {shelf, version} = await shelved(500 * KiB, {stallAt: 200 * KiB, times: 1});
    await installsOn(current(), [shelf], {stallMs: 400}).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    expect(whole(await shelf.asked(version.blob))).toEqual([null, `bytes=${192 * KiB}-${500 * KiB - 1}`]);
  });

  test('that a server never answers ends as a network failure', async () => {
    const {shelf, version} = await shelved(KiB, {silent: true});
    const install = installsOn(current(), [shelf], {stallMs: 1000}).install(version.digest, {
      signal: live,
      onProgress: quiet,
    });
    await expect(install).rejects.toMatchObject({code: 'network'});
    expect(await shelf.asked(version.blob)).toHaveLength(4);
    expect(await current().getRecord(version.digest)).toMatchObject({state: 'failed', code: 'network'});
  });

  test('that breaks each time and brings a chunk each time gets there', async () => {
    const {shelf, version} = await shelved(8 * chunkBytes, {breakAt: chunkBytes + 100});
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
    const starts = spansOf(await shelf.asked(version.blob), 8 * chunkBytes).map(([start]) => start / chunkBytes);
    expect(starts.length).toBeGreaterThan(5);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });

  test.each([
    ['1', 900],
    [new Date(Date.now() + 3_600_000).toUTCString(), 25_000],
  ])('that is asked to come back (Retry-After: %s) waits that long', async (retryAfter, leastMs) => {
    const served = {status: 503, headers: {'retry-after': retryAfter}, times: 1};
    const {shelf, version} = await shelved(KiB, served);
    const {told, onProgress} = progressLog();
    const controller = new AbortController();
    const install = installsOn(current(), [shelf]).install(version.digest, {signal: controller.signal, onProgress});
    await expect.poll(() => told.find(({state}) => state === 'waiting')).toBeDefined();
    const waiting = told.find(progress => progress.state === 'waiting')!;
    expect(waiting).toMatchObject({reason: 'retry'});
    expect(waiting.retryInMs).toBeGreaterThan(leastMs);
    expect(waiting.retryInMs).toBeLessThanOrEqual(30_000);
    if (leastMs > 10_000) {
      controller.abort();
      return expect(install).rejects.toMatchObject({name: 'AbortError'});
    }
    await install;
    expect(await shelf.asked(version.blob)).toHaveLength(2);
  });
});

describe('an answer that is something else', () => {
  const length = 3 * chunkBytes;
  const html = {'content-type': 'text/html'};
  const cases: [string, string, number, Served][] = [
    ['404', 'response_invalid', 2, {status: 404}],
    ['416', 'response_invalid', 2, {status: 416}],
    ['an HTML page', 'response_invalid', 2, {headers: html}],
    ['a status without a body', 'response_invalid', 2, {status: 203}],
    ['another Content-Range', 'response_invalid', 2, {status: 206, headers: {'content-range': 'bytes 0-9/10'}}],
    ['a compressed range', 'response_invalid', 2, {status: 206, headers: {'content-encoding': 'br'}}],
    ['several ranges', 'response_invalid', 2, {status: 206, headers: {'content-type': 'multipart/byteranges'}}],
    ['a shorter file', 'artifact_corrupt', 2, {truncateTo: 2 * chunkBytes}],
    ['wrong bytes', 'artifact_corrupt', 2, {wrongFrom: 0}],
    ['429 for ever', 'network', 4, {status: 429}],
    ['500 for ever', 'network', 4, {status: 500}],
  ];

  test.each(cases)('%s is %s after %i requests, and nothing of it is stored', async (_, code, requests, served) => {
    const {shelf, version} = await shelved(length, served);
    const install = installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expect(install).rejects.toMatchObject({code});
    expect(await shelf.asked(version.blob)).toHaveLength(requests);
    expect(await storedBytes()).toBe(0);
  });

  test('a redirect to a page is refused', async () => {
    const shelf = new Shelf();
    await shelf.put('/login', noise(10), {headers: {'content-type': 'text/plain'}});
    const version = await shelf.shelve(noise(length), {served: {redirectTo: `${shelf.url}/login`}});
    const install = installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expect(install).rejects.toMatchObject({code: 'response_invalid'});
  });

  test('a redirect to the blob elsewhere is followed', async () => {
    const shelf = new Shelf();
    await shelf.put('/elsewhere', noise(length));
    const version = await shelf.shelve(noise(length), {chunkBytes, served: {redirectTo: `${shelf.url}/elsewhere`}});
    await installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expectWhole(version);
  });

  test('chunks before the wrong one stay, and the next visit fetches only the rest', async () => {
    const {shelf, version} = await shelved(length, {wrongFrom: 2 * chunkBytes + 5});
    const install = () => installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expect(install()).rejects.toMatchObject({code: 'artifact_corrupt'});
    expect(await storedBytes()).toBe(2 * chunkBytes);
    await shelf.putBlob(version);
    expect((await install()).downloadedBytes).toBe(chunkBytes);
    await expectWhole(version);
  });

  test('those before it stay also where they came with it', async () => {
    const shelf = new Shelf();
    const {digest, blob, bytes} = await shelf.shelve(noise(60 * KiB), {chunkBytes: 6 * KiB});
    const wrong = bytes.slice();
    wrong[33 * KiB]! ^= 1;
    await shelf.putBlob({blob, bytes: wrong});
    const install = installsOn(current(), [shelf]).install(digest, {signal: live, onProgress: quiet});
    await expect(install).rejects.toMatchObject({code: 'artifact_corrupt'});
    expect(await storedBytes()).toBe(30 * KiB);
  });

  test('more in a manifest than a device should hold is refused before anything is stored or asked for', async () => {
    const shelf = new Shelf();
    const {manifest} = await shelf.shelve(noise(KiB));
    const bytes = 17 * 2 ** 20;
    const chunks = [{sha256: 'a'.repeat(64), bytes}];
    const artifact = {path: 'model.onnx', sha256: 'b'.repeat(64), bytes, chunks};
    const version = {...(await shelf.list({...manifest, artifacts: [artifact]})), blob: artifact};
    const install = installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
    await expect(install).rejects.toMatchObject({code: 'manifest_invalid'});
    expect(await shelf.asked(version.blob)).toEqual([]);
    expect(await current().records()).toEqual([]);
  });
});

test('a file that changes during the download is noticed on the own origin, and never mixed', async () => {
  const headers = {etag: '"one"'};
  const {shelf, version} = await shelved(9 * chunkBytes, {breakAt: 3 * chunkBytes + 9, headers});
  const install = installsOn(current(), [shelf]).install(version.digest, {signal: live, onProgress: quiet});
  await expect.poll(() => storedBytes()).toBeGreaterThan(0);
  await shelf.put(`/blobs/${version.blob.sha256}`, noise(9 * chunkBytes, 99), {headers: {etag: '"two"'}});
  await expect(install).rejects.toMatchObject({code: 'artifact_corrupt'});
  const requests = await shelf.asked(version.blob);
  expect(requests[0]).toMatchObject({range: null, ifRange: null});
  expect(requests[1]!.ifRange).toBe('"one"');
  const kept = await current().hasChunks(version.blob.chunks.map(({sha256}) => sha256));
  expect((await storedBytes()) / chunkBytes).toBe(kept.size);
});

describe('an abort', () => {
  const states: [string, Served][] = [
    ['while bytes come', {dripMs: 1000}],
    ['while nothing comes', {stallAt: 3 * chunkBytes}],
    ['during a pause', {breakAt: 3 * chunkBytes, headers: {'retry-after': '20'}, status: 503}],
    ['before the answer', {silent: true}],
  ];

  test.each(states)('%s ends within 100 ms, and what was verified is not fetched again', async (_, served) => {
    const {shelf, version} = await shelved(6 * chunkBytes, served);
    const controller = new AbortController();
    const install = installsOn(current(), [shelf]).install(version.digest, {
      signal: controller.signal,
      onProgress: quiet,
    });
    await expect.poll(() => shelf.asked(version.blob)).toHaveLength(1);
    await new Promise(resolve => setTimeout(resolve, 500));
    let endedAtMs = 0;
    const ended = install.catch((error: unknown) => {
      endedAtMs = performance.now();
      return error;
    });
    const abortedAtMs = performance.now();
    controller.abort('enough');
    expect(await ended).toBe('enough');
    expect(endedAtMs - abortedAtMs).toBeLessThan(100);
    const keptBytes = await storedBytes();
    await shelf.putBlob(version);
    const {downloadedBytes} = await installsOn(current(), [shelf]).install(version.digest, {
      signal: live,
      onProgress: quiet,
    });
    expect(downloadedBytes).toBe(6 * chunkBytes - keptBytes);
    await expectWhole(version);
  });
});

test('a disk that is full in the middle costs no byte twice: the rest goes to memory', async () => {
  const {shelf, version} = await shelved(8 * chunkBytes, {dripMs: 30});
  const put = IDBObjectStore.prototype.put;
  let puts = 0;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
    if (this.name === 'chunks' && ++puts > 3) throw new DOMException('The quota is spent.', 'QuotaExceededError');
    return put.call(this, value, key);
  });
  const installs = installsOn(current(), [shelf]);
  const installed = await installs.install(version.digest, {signal: live, onProgress: quiet});
  expect(installed.problems.map(({code}) => code)).toEqual(['storage_full']);
  expect(installed.downloadedBytes).toBe(8 * chunkBytes);
  expect(await shelf.asked(version.blob)).toHaveLength(1);
  const now = (await installs.stores).all;
  expect(now.kind).toBe('memory');
  expect((await now.hasChunks(version.blob.chunks.map(({sha256}) => sha256))).size).toBe(8);
});

test('two versions that share chunks can be installed at once', async () => {
  const shelf = new Shelf();
  const bytes = noise(6 * chunkBytes);
  const changed = bytes.slice();
  changed.fill(9, 5 * chunkBytes);
  const versions = [
    await shelf.shelve(bytes, {chunkBytes, served: {dripMs: 20}}),
    await shelf.shelve(changed, {chunkBytes, version: '1.1.0', served: {dripMs: 20}}),
  ];
  const installs = installsOn(current(), [shelf]);
  await Promise.all(versions.map(({digest}) => installs.install(digest, {signal: live, onProgress: quiet})));
  for (const version of versions) await expectWhole(version);
  expect(await storedBytes()).toBe(7 * chunkBytes);
});
