import {deleteDB} from 'idb';
import {describe, expect, test} from 'vitest';
import {storeContract} from './contract.js';
import {openIndexedDb} from './indexeddb.js';
import {MemoryStore} from './memory.js';
import {SpillStore} from './spill.js';

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

  test('another tab may delete the database while it is open, and later calls say so', async () => {
    const name = `store-${crypto.randomUUID()}`;
    const store = await openIndexedDb(name);
    await deleteDB(name);
    await expect(store.getChunk('a')).rejects.toMatchObject({name: 'KedgeError', code: 'storage_unavailable'});
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
