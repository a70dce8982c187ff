import {openDB} from 'idb';
import {afterEach, expect, test, vi} from 'vitest';
import {client, closeAll, createWorker} from '../testing/client.js';
import {inDatabase} from '../testing/database.js';
import {doubler} from '../testing/doubler.js';
import {TestRegistry} from '../testing/registry.js';
import {ask, blobRequests, differing, setting, unreachable, visit, x} from '../testing/visit.js';
import type {StorageChange} from './store/api.js';
import {databaseName, flightName, servingLock} from './names.js';
import {onnx} from './onnx/index.js';
import {markerKey} from './store/marker.js';

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await closeAll();
  localStorage.clear();
});

/** As another script, or a disk that rots, does it. */
async function changeChunks(change: (digest: string, data: ArrayBuffer) => ArrayBuffer | undefined): Promise<void> {
  await inDatabase(async db => {
    for (const key of (await db.getAllKeys('chunks')) as string[]) {
      // Read before the transaction, which would end meanwhile.
      const data = change(key, await new Blob([(await db.get('chunks', key)) as Blob | ArrayBuffer]).arrayBuffer());
      const tx = db.transaction(['chunks', 'sizes'], 'readwrite');
      const chunks = tx.objectStore('chunks');
      const puts = data
        ? [chunks.put(new Blob([data]), key)]
        : [chunks.delete(key), tx.objectStore('sizes').delete(key)];
      await Promise.all([...puts, tx.done]);
    }
  });
}

const rotten = (_: string, data: ArrayBuffer) => new Uint8Array(data).map(byte => byte ^ 1).buffer;

test('what the browser took is told at the next start, and comes again', async () => {
  const {registry, old} = await setting();
  await visit(registry);
  await expect.poll(() => localStorage.getItem(markerKey)).toContain(old.digest);
  await changeChunks(() => undefined);
  const told: StorageChange[] = [];
  const kedge = await client(registry);
  kedge.on('storage', change => told.push(change));
  expect(await ask(kedge)).toMatchObject({y: 2, served: {source: 'model'}});
  const {lost, evictions} = await kedge.storage();
  expect(lost).toMatchObject({versions: [{model: 'scale', version: '1.0.0', digest: old.digest}]});
  expect(told).toEqual([{kind: 'lost', lost}]);
  expect(evictions).toMatchObject([{version: '1.0.0', reason: 'browser'}]);
});

test('persist() says what the browser answers, and never rejects', async () => {
  const {registry} = await setting();
  const kedge = await client(registry);
  const persist = vi.spyOn(navigator.storage, 'persist').mockResolvedValueOnce(true);
  expect(await kedge.persist()).toBe(true);
  persist.mockRejectedValueOnce(new TypeError('no'));
  expect(await kedge.persist()).toBe(false);
});

test('forget() leaves nothing on the device: no database, no note of what was there, and no name of it', async () => {
  const {registry} = await setting();
  const kedge = await client(registry, {collector: {url: `${registry.url}/nobody`, writeKey: 'k'.repeat(20)}});
  await ask(kedge);
  expect((await kedge.telemetry()).waiting).toBeGreaterThan(0);
  // Of a tab that died while it started a version.
  localStorage.setItem(`${flightName}dead`, '{}');
  await kedge.forget();
  expect((await indexedDB.databases()).map(({name}) => name).filter(name => name?.startsWith('kedge'))).toEqual([]);
  expect(localStorage.length).toBe(0);
});

test('bytes that rotted in the store are found when they are read, fetched again, and never run', async () => {
  const {registry, old} = await setting();
  await visit(registry);
  await changeChunks(rotten);
  const kedge = await client(registry);
  const model = await kedge.model('scale');
  expect([model.served.source, (await model.predict(x)).outputs.y!.data[0]]).toEqual(['model', 2]);
  expect(model.problems).toMatchObject([{code: 'artifact_corrupt'}]);
  await kedge.close();
  const before = await blobRequests(registry);
  expect(await visit(registry)).toMatchObject({y: 2, served: {version: old.version}});
  expect(await blobRequests(registry)).toBe(before);
});

test('bytes that are gone while their size is still noted come again in the same visit', async () => {
  const {registry} = await setting();
  await visit(registry);
  await inDatabase(db => db.clear('chunks'));
  const kedge = await client(registry);
  const model = await kedge.model('scale');
  expect([model.served.source, (await model.predict(x)).outputs.y!.data[0]]).toEqual(['model', 2]);
  expect(model.problems.map(({code}) => code)).toContain('storage_unavailable');
});

test('another page upgrades the database while this one is open: what is new runs from memory', async () => {
  const {registry, old, next} = await setting();
  const kedge = await client(registry);
  expect(await ask(kedge)).toMatchObject({y: 2, served: {source: 'model'}});
  (await openDB(databaseName, 1000)).close();
  expect(await ask(kedge)).toMatchObject({y: 2, served: {source: 'model'}});
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await kedge.refresh();
  expect(await ask(kedge)).toMatchObject({y: 3, served: {source: 'model', version: next.version}});
  expect((await kedge.storage()).kind).toBe('memory');
});

test('a worker that died without a word: storage() says so in time, and forget() forgets', async () => {
  const {registry} = await setting();
  const workers: Worker[] = [];
  const tracked = () => {
    workers.push(createWorker());
    return workers.at(-1)!;
  };
  const kedge = await client(registry, {runtimes: [onnx({createWorker: tracked})]});
  await ask(kedge);
  workers[0]!.terminate();
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
  const report = kedge.storage().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await report).toMatchObject({code: 'deadline_exceeded'});
  let forgotten = false;
  void kedge.forget().then(() => (forgotten = true));
  const later = () => vi.advanceTimersByTimeAsync(10_000).then(() => forgotten);
  await expect.poll(later).toBe(true);
  expect((await indexedDB.databases()).map(({name}) => name)).not.toContain(databaseName);
});

test('rotten bytes and no registry: the version before serves, and says why', async () => {
  const {registry, old, next} = await setting();
  await visit(registry);
  await registry.putRelease(registry.release([next, old], {version: 2}));
  await visit(registry, {releaseWaitMs: 30_000});
  const its = new Set(old.manifest.artifacts.flatMap(({chunks}) => chunks.map(({sha256}) => sha256)));
  await changeChunks((digest, data) => (its.has(digest) ? data : rotten(digest, data)));
  await unreachable(registry);
  await registry.putText(`/blobs/${next.manifest.artifacts[0]!.sha256}`, 'away', {status: 404});
  const {served, y} = await visit(registry);
  expect([y, served.source, served.version, served.reason]).toEqual([2, 'previous', '1.0.0', 'artifact_corrupt']);
});

test('what another tab serves is pinned here too', async () => {
  const {registry, old, next} = await setting();
  await visit(registry);
  const newest = await registry.publish('1.2.0', 4, {note: 'newest'});
  let done = () => {};
  const otherTab = navigator.locks.request(
    servingLock + old.digest,
    {mode: 'shared'},
    () => new Promise<void>(resolve => (done = resolve)),
  );
  for (const [i, champion] of [next, newest].entries()) {
    await registry.putRelease(registry.release([champion, old, next, newest], {version: 2 + i}));
    await visit(registry, {releaseWaitMs: 30_000});
  }
  const kedge = await client(registry);
  await kedge.model('scale');
  const pins = (await kedge.storage()).versions.map(({version, pinned}) => `${version} ${pinned}`).sort();
  expect(pins).toEqual(['1.0.0 session', '1.1.0 previous', '1.2.0 active']);
  expect((await navigator.locks.query()).held?.map(({name}) => name)).toContain(servingLock + newest.digest);
  dispatchEvent(new Event('pagehide'));
  await expect
    .poll(async () => (await navigator.locks.query()).held?.filter(({name}) => name === servingLock + newest.digest))
    .toEqual([]);
  done();
  await otherTab;
});

test('a revoked version goes once the version in its place is known: what both hold is not fetched again', async () => {
  const registry = await TestRegistry.create();
  const labels = new TextEncoder().encode(differing(500));
  const publish = (version: string, scale: number) =>
    registry.publish(version, scale, {
      files: new Map([
        ['model.onnx', doubler(scale)],
        ['labels.txt', labels],
      ]),
    });
  const [old, next] = [await publish('1.0.0', 2), await publish('1.1.0', 3)];
  await registry.putRelease(registry.release([old]));
  await visit(registry);
  const release = registry.release([next, old], {version: 2});
  release.models.scale!.revoked = ['1.0.0'];
  await registry.putRelease(release);
  // Time enough to remove what is revoked before anything is known of the next version.
  const slow = {status: 503, headers: {'retry-after': '1'}, times: 1};
  await registry.putText(`/manifests/${next.digest}.json`, await registry.manifestText(next), slow);
  const kedge = await client(registry, {releaseWaitMs: 30_000});
  expect(await ask(kedge)).toMatchObject({y: 3, served: {version: '1.1.0'}});
  const shared = old.manifest.artifacts[1]!.sha256;
  expect((await registry.requests(shared)).length).toBe(1);
  const left = async () => (await kedge.storage()).versions.map(({version}) => version);
  await expect.poll(left, {timeout: 5000}).toEqual(['1.1.0']);
  expect((await kedge.storage()).evictions).toMatchObject([{version: '1.0.0', reason: 'revoked'}]);
});
