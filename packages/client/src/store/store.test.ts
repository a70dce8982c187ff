import {deleteDB, openDB} from 'idb';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {testManifest} from '../../testing/manifest.js';
import {storeContract} from './contract.js';
import {openIndexedDb} from './indexeddb.js';
import {MemoryStore} from './memory.js';
import type {CatalogRecord} from './record.js';
import {SpillStore} from './spill.js';
import {begin} from './steps.js';

// Before anything takes its place.
const {put} = IDBObjectStore.prototype;

/** As it is, but for call `n`, counted from 0, which throws. */
function throwing(n: number) {
  return function (this: IDBObjectStore, ...args: Parameters<IDBObjectStore['put']>) {
    if (n-- === 0) throw new DOMException('no more', 'QuotaExceededError');
    return put.apply(this, args);
  };
}

function outOfMemory(): never {
  throw new RangeError('out of memory');
}

const fresh = () => openIndexedDb(`store-${crypto.randomUUID()}`);

describe('IndexedDB', () => {
  storeContract(fresh);

  test('what was stored is there after it was opened again', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const first = await openIndexedDb(name);
    await first.putChunks([{sha256: 'a', data: Uint8Array.of(1)}]);
    first.close();
    expect(await (await openIndexedDb(name)).getChunk('a')).toEqual(Uint8Array.of(1));
  });

  test('another tab may delete the database while it is open: the next call finds a new one', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const store = await openIndexedDb(name);
    await store.putChunks([{sha256: 'a', data: Uint8Array.of(1)}]);
    await deleteDB(name);
    expect(await store.getChunk('a')).toBeUndefined();
    await store.putChunks([{sha256: 'a', data: Uint8Array.of(2)}]);
    expect(await store.getChunk('a')).toEqual(Uint8Array.of(2));
  });

  test('a connection that closes in the middle of a call is opened again for it', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const store = await openIndexedDb(name);
    const puts = Array.from({length: 20}, (_, i) => store.putChunks([{sha256: `${i}`, data: new Uint8Array(100_000)}]));
    await deleteDB(name);
    await Promise.all(puts);
    await store.putSetting('after', true);
    expect(await store.getSetting('after')).toBe(true);
  });

  test.each<[string, () => void]>([
    ['a put that throws', () => vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(throwing(2))],
    ['no memory for a Blob', () => vi.spyOn(globalThis, 'Blob').mockImplementation(outOfMemory)],
  ])('%s leaves nothing of what was to be written with it', async (_, breakIt) => {
    const store = await fresh();
    const manifest = testManifest('1.0.0', [1, 2]);
    await begin({digest: 'd', manifest}, store);
    const chunks = ['1', '2'].map(sha256 => ({sha256, data: new Uint8Array(100_000)}));
    const change = (record: CatalogRecord | undefined) => record && {...record, state: 'verified' as const};
    onTestFinished(() => void vi.restoreAllMocks());
    breakIt();
    const putting = store.putChunks(chunks, {digest: 'd', chunks: ['1', '2'], change});
    await expect(putting).rejects.toMatchObject({name: 'KedgeError'});
    vi.restoreAllMocks();
    expect([(await store.getRecord('d'))?.state, await store.hasChunks(['1', '2'])]).toEqual([
      'downloading',
      new Set(),
    ]);
  });

  test('a closed store says so', async () => {
    const store = await fresh();
    store.close();
    await expect(store.getChunk('a')).rejects.toMatchObject({name: 'KedgeError', code: 'storage_unavailable'});
  });

  test('opening does not wait for ever while another tab holds a deletion up', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const stubborn = await openDB(name, 1);
    const deleting = deleteDB(name);
    await expect(openIndexedDb(name, {withinMs: 200})).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('no answer within 200 ms') as string,
    });
    stubborn.close();
    await deleting;
    const store = await openIndexedDb(name);
    expect(await store.records()).toEqual([]);
  });

  test('a database of the same name that is not ours is replaced', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const other = await openDB(name, 1, {upgrade: db => void db.createObjectStore('something else')});
    other.close();
    const store = await openIndexedDb(name);
    await store.putSetting('a', 1);
    expect(await store.getSetting('a')).toBe(1);
  });

  test('records of another schema, or edited by hand, are absent, and the next sweep takes them', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const store = await openIndexedDb(name);
    const db = await openDB(name, 1);
    const junk = [null, 7, 'text', {}, {digest: 'd', state: 'active'}, {digest: 'd', state: 'installed', manifest: {}}];
    for (const [i, value] of junk.entries()) await db.put('catalog', value, `junk-${i}`);
    await db.put('catalog', 'a key of another type', 5);
    expect(await store.records()).toEqual([]);
    expect(await store.getRecord('junk-4')).toBeUndefined();
    await store.sweep(() => []);
    expect(await db.count('catalog')).toBe(0);
    db.close();
  });

  test('ten thousand junk records cost a start little', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const store = await openIndexedDb(name);
    const db = await openDB(name, 1);
    const tx = db.transaction('catalog', 'readwrite');
    for (let i = 0; i < 10_000; i++) void tx.store.put({digest: `${i}`, state: 'active', manifest: {}}, `${i}`);
    await tx.done;
    expect(await store.records()).toEqual([]);
    await store.sweep(() => []);
    expect(await db.count('catalog')).toBe(0);
    db.close();
  });
});

describe('memory', () => storeContract(async () => new MemoryStore()));

describe('spill over IndexedDB', () => {
  storeContract(async () => new SpillStore(await fresh()));

  test('reads what the disk has and writes nothing to it', async () => {
    const disk = await fresh();
    await disk.putChunks([{sha256: 'on disk', data: Uint8Array.of(1)}]);
    const spill = new SpillStore(disk);
    await spill.putChunks([{sha256: 'new', data: Uint8Array.of(2)}]);
    expect(await spill.hasChunks(['on disk', 'new'])).toEqual(new Set(['on disk', 'new']));
    expect(await disk.hasChunks(['new'])).toEqual(new Set());
  });
});
