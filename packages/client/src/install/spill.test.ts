import {describe, expect, test, vi} from 'vitest';
import {noise, Shelf, type Shelved, type ShelveOptions} from '../../testing/shelf.js';
import {useStore} from '../../testing/use-store.js';
import {wholeInstall} from '../../testing/whole-install.js';
import {Manifests} from '../release/manifest.js';
import {Installs} from '../worker/installs.js';
import {Keeping} from '../worker/keeping.js';
import {fail} from '../store/steps.js';
import {readModel} from './assemble.js';

const MiB = 2 ** 20;
const chunkBytes = MiB / 2;
const wait = {signal: new AbortController().signal, onProgress: () => {}};
const {current, expectWhole, storedBytes} = useStore();

/** A browser that stores no more than so many bytes of chunks. @returns what they are now */
function limit(quota: number): () => number {
  const sizes = new Map<string, number>();
  const total = () => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const {put, delete: remove} = IDBObjectStore.prototype;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value: Blob, key) {
    if (this.name === 'chunks') {
      if (total() + value.size > quota) throw new DOMException('The quota is spent.', 'QuotaExceededError');
      sizes.set(key as string, value.size);
      this.transaction.addEventListener('abort', () => sizes.delete(key as string));
    }
    return put.call(this, value, key);
  });
  vi.spyOn(IDBObjectStore.prototype, 'delete').mockImplementation(function (this: IDBObjectStore, key) {
    if (this.name === 'chunks') sizes.delete(key as string);
    return remove.call(this, key);
  });
  return total;
}

/** A worker of one tab, as far as it delivers. */
function openTab(shelf: Shelf) {
  const tell = () => {};
  const keeping = new Keeping(
    {budgetBytes: null, marked: [], sessions: () => new Set(), tell, registries: [shelf.url], channel: 'prod'},
    async () => current(),
  );
  const installs = new Installs({registries: [shelf.url], lanes: 3, stallMs: 5000, tell}, keeping, new Manifests([]));
  const install = (digest: string, variants: string[] = []) => wholeInstall(installs, {digest, variants}, wait);
  const read = async ({digest, manifest}: Shelved) => {
    const files = await readModel(manifest, (await keeping.stores).storeOf(digest));
    return [...files.values()].map(({length}) => length);
  };
  const start = async (digest: string) => {
    await keeping.noteServing(digest);
    await keeping.idle();
  };
  return {install, read, start};
}

/** Counts over all tests: no tab of theirs is closed. */
let made = 0;

/** Versions of so many MiB, none of which shares a byte with another. */
function shelves() {
  const shelf = new Shelf();
  const shelve = (mib: number, options: ShelveOptions = {}) =>
    shelf.shelve(noise(mib * MiB, ++made), {chunkBytes, version: `${made}.0.0`, served: {dripMs: 2}, ...options});
  return {shelf, shelve, open: () => openTab(shelf)};
}

const recordOf = async ({digest}: Shelved) => {
  const {state, code} = (await current().getRecord(digest))!;
  return [state, code];
};
const codesOf = ({problems}: {problems: readonly {code?: string | undefined}[]}) => problems.map(({code}) => code);
const chunksOnDisk = async ({blob}: Shelved) => (await current().hasChunks(blob.chunks.map(({sha256}) => sha256))).size;

/** Chunks that nobody names, as a crash may leave them. */
async function leaveOrphans(mib: number): Promise<void> {
  const chunks = Array.from({length: mib}, (_, i) => ({sha256: `${i}`.repeat(64), data: noise(MiB, 90 + i)}));
  await current().putChunks(chunks);
}

describe('what no version names counts as room', () => {
  test('for an install that the browser refuses', async () => {
    const {shelve, open} = shelves();
    const version = await shelve(2);
    limit(3 * MiB);
    await leaveOrphans(3);
    expect(codesOf(await open().install(version.digest))).toEqual([]);
    await expectWhole(version);
  });

  test('for one of which the browser says that it does not fit: no smaller form is taken', async () => {
    const {shelve, open} = shelves();
    const [full, small] = [await shelve(2), await shelve(1)];
    const total = limit(3 * MiB);
    await leaveOrphans(3);
    vi.spyOn(navigator.storage, 'estimate').mockImplementation(async () => ({quota: 3 * MiB, usage: total()}));
    const installed = await open().install(full.digest, [small.digest]);
    expect([installed.digest, codesOf(installed)]).toEqual([full.digest, []]);
  });

  test('and what is installed stays where that is enough', async () => {
    const {shelve, open} = shelves();
    const [old, next] = [await shelve(1), await shelve(2)];
    await open().install(old.digest);
    await fail(old.digest, 'golden_mismatch', current());
    limit(2 * MiB);
    await leaveOrphans(2);
    expect(codesOf(await open().install(next.digest))).toEqual([]);
    expect(await recordOf(old)).toEqual(['failed', 'golden_mismatch']);
  });
});

describe('of a version that goes on in memory, what the disk has', () => {
  test('stays until it is started, and makes room then', async () => {
    const {shelve, open} = shelves();
    const [big, small] = [await shelve(8), await shelve(2)];
    limit(3 * MiB);
    const tab = open();
    expect(codesOf(await tab.install(big.digest))).toEqual(['storage_full']);
    expect(codesOf(await tab.install(small.digest))).toEqual(['storage_full']);
    expect(await chunksOnDisk(big)).toBeGreaterThan(3);
    expect(await tab.read(big)).toEqual([8 * MiB]);
    expect(await tab.read(small)).toEqual([2 * MiB]);
    await tab.start(big.digest);
    expect(await recordOf(big)).toEqual(['failed', 'storage_full']);
    expect(codesOf(await open().install(small.digest))).toEqual([]);
    await expectWhole(small);
  });

  test('is not taken from it by what another tab installs meanwhile, which goes to memory too', async () => {
    const {shelf, shelve, open} = shelves();
    const [big, small] = [await shelve(8, {served: {dripMs: 60}}), await shelve(2)];
    limit(3 * MiB);
    const coming = open().install(big.digest);
    // More than the disk takes.
    await expect.poll(async () => (await shelf.asked(big.blob))[0]?.sentBytes ?? 0).toBeGreaterThan(4 * MiB);
    expect(codesOf(await open().install(small.digest))).toEqual(['storage_full']);
    const installed = await coming;
    expect([codesOf(installed), installed.downloadedBytes]).toEqual([['storage_full'], 8 * MiB]);
    expect(await shelf.asked(big.blob)).toHaveLength(1);
  });

  test('and what it foresees to have no room beside it is not too large for good', async () => {
    const {shelf, shelve, open} = shelves();
    const [big, small] = [await shelve(8, {served: {dripMs: 60}}), await shelve(2)];
    const total = limit(3 * MiB);
    const coming = open().install(big.digest);
    await expect.poll(async () => (await shelf.asked(big.blob))[0]?.sentBytes ?? 0).toBeGreaterThan(4 * MiB);
    vi.spyOn(navigator.storage, 'estimate').mockImplementation(async () => ({quota: 3 * MiB, usage: total()}));
    expect(codesOf(await open().install(small.digest))).toEqual(['storage_full']);
    expect(await current().getRecord(small.digest)).toBeUndefined();
    await coming;
  });

  test('stays as long as another tab needs it', async () => {
    const {shelve, open} = shelves();
    const big = await shelve(8);
    limit(3 * MiB);
    const [one, other] = [open(), open()];
    await one.install(big.digest);
    const kept = await chunksOnDisk(big);
    expect((await other.install(big.digest)).downloadedBytes).toBe(8 * MiB - kept * chunkBytes);
    await one.start(big.digest);
    expect(await recordOf(big)).toEqual(['downloading', null]);
    expect(await other.read(big)).toEqual([8 * MiB]);
    await other.start(big.digest);
    expect([await recordOf(big), await storedBytes()]).toEqual([['failed', 'storage_full'], 0]);
  });

  test('is kept for another try in the same worker, with what is in memory', async () => {
    const {shelf, shelve, open} = shelves();
    const big = await shelve(8, {served: {wrongFrom: 6 * MiB}});
    limit(3 * MiB);
    const tab = open();
    await expect(tab.install(big.digest)).rejects.toMatchObject({code: 'artifact_corrupt'});
    expect(await recordOf(big)).toEqual(['failed', 'artifact_corrupt']);
    await shelf.putBlob(big);
    const installed = await tab.install(big.digest);
    expect([codesOf(installed), installed.downloadedBytes]).toEqual([['storage_full'], 2 * MiB]);
    expect(await recordOf(big)).toEqual(['downloading', null]);
    expect(await tab.read(big)).toEqual([8 * MiB]);
  });

  test('does not take the place of what another tab has stored whole', async () => {
    const {shelve, open} = shelves();
    const big = await shelve(8);
    limit(3 * MiB);
    const tab = open();
    await tab.install(big.digest);
    vi.restoreAllMocks();
    await open().install(big.digest);
    await tab.start(big.digest);
    await expectWhole(big);
  });
});
