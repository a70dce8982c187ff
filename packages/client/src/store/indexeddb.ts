import {KedgeError, toKedgeError} from '@kedge/core';
import {Connection, type Database, storeNames} from './connection.js';
import {type Eviction, evictionsKey, orphans, withEvictions} from './evictions.js';
import {type CatalogRecord, namedBy, readRecord} from './record.js';
import type {Change, Held, Store, StoredChunk} from './store.js';

/** From so many on, reading every key costs less than asking for each. */
const askAllFrom = 64;
/** Records read at once: a catalog full of junk must not fill the memory. */
const pageLength = 256;

/** `QuotaExceededError` comes as the request's error or as the transaction's, by browser. */
function storageError(error: unknown, doing: string): Error {
  // Thrown by what was to be written, not by the disk.
  if (error instanceof TypeError) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'QuotaExceededError')
    return new KedgeError(
      'storage_full',
      `${doing}: the browser's quota for this site is spent; free space or run from memory`,
      {cause: error},
    );
  return toKedgeError(error, 'storage_unavailable', doing);
}

class IndexedDbStore implements Store {
  readonly kind = 'indexeddb';
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  hasChunks(digests: readonly string[]) {
    return this.#run('looking up chunks', async db => {
      const sizes = db.transaction('sizes').store;
      if (digests.length < askAllFrom) {
        const known = await Promise.all(digests.map(digest => sizes.getKey(digest)));
        return new Set(known.filter(key => key !== undefined));
      }
      const stored = new Set(await sizes.getAllKeys());
      return new Set(digests.filter(digest => stored.has(digest)));
    });
  }

  getChunk(sha256: string) {
    return this.#run('reading a chunk', async db => {
      const data = await db.get('chunks', sha256);
      return data && new Uint8Array(data);
    });
  }

  putChunks(chunks: readonly StoredChunk[]) {
    return this.#run('storing chunks', async db => {
      const tx = db.transaction(['chunks', 'sizes'], 'readwrite', {durability: 'relaxed'});
      const puts = chunks.flatMap(({sha256, data}) => [
        tx.objectStore('chunks').put(exactBuffer(data), sha256),
        tx.objectStore('sizes').put(data.length, sha256),
      ]);
      await settled(puts, tx.done);
    });
  }

  getRecord(digest: string) {
    return this.#run('reading the catalog', async db => recordUnder(digest, await db.get('catalog', digest)));
  }

  records() {
    return this.#run('reading the catalog', async db => {
      const records: CatalogRecord[] = [];
      for await (const [key, value] of entries(db.transaction('catalog').store)) {
        const record = recordUnder(key, value);
        if (record) records.push(record);
      }
      return records;
    });
  }

  changeRecords(digests: readonly string[], change: Change) {
    return this.#run('writing the catalog', async db => {
      const tx = db.transaction('catalog', 'readwrite', {durability: 'strict'});
      const found = await Promise.all(digests.map(digest => tx.store.get(digest)));
      const puts = orAbort(tx, () => digests.map((digest, i) => change(recordUnder(digest, found[i]), digest)));
      await settled(
        puts.flatMap(record => (record ? [tx.store.put(record, record.digest)] : [])),
        tx.done,
      );
    });
  }

  sweep(choose: (held: Held) => readonly Eviction[]) {
    return this.#run('removing versions', async db => {
      const tx = db.transaction(storeNames, 'readwrite');
      const [catalog, chunks, sizes] = [tx.objectStore('catalog'), tx.objectStore('chunks'), tx.objectStore('sizes')];
      const done: Promise<unknown>[] = [];
      const records: CatalogRecord[] = [];
      for await (const [key, value] of entries(catalog)) {
        const record = recordUnder(key, value);
        if (record) records.push(record);
        else done.push(catalog.delete(key));
      }
      const [names, lengths] = await Promise.all([sizes.getAllKeys(), sizes.getAll()]);
      const held = {records, sizes: new Map(names.map((name, i) => [name, lengths[i]!]))};
      const evictions = orAbort(tx, () => choose(held));
      const gone = new Set(evictions.map(({digest}) => digest));
      for (const digest of gone) done.push(catalog.delete(digest));
      const kept = records.filter(({digest}) => !gone.has(digest));
      for (const sha256 of orphans(names, kept.flatMap(namedBy)))
        done.push(chunks.delete(sha256), sizes.delete(sha256));
      if (evictions.length > 0) {
        const settings = tx.objectStore('settings');
        done.push(settings.put(withEvictions(await settings.get(evictionsKey), evictions), evictionsKey));
      }
      await settled(done, tx.done);
      return evictions;
    });
  }

  chunkBytes() {
    return this.#run('measuring the store', async db => {
      const sizes = await db.getAll('sizes');
      return sizes.reduce((sum, bytes) => sum + bytes, 0);
    });
  }

  getSetting(key: string) {
    return this.#run('reading a setting', db => db.get('settings', key));
  }

  putSetting(key: string, value: unknown) {
    return this.#run('writing a setting', async db => {
      const tx = db.transaction('settings', 'readwrite', {durability: 'strict'});
      await settled([tx.store.put(value, key)], tx.done);
    });
  }

  changeSetting(key: string, change: (value: unknown) => unknown) {
    return this.#run('writing a setting', async db => {
      const tx = db.transaction('settings', 'readwrite', {durability: 'relaxed'});
      const found: unknown = await tx.store.get(key);
      const value = orAbort(tx, () => change(found));
      const write = () => (value === undefined ? tx.store.delete(key) : tx.store.put(value, key));
      await settled(value === found ? [] : [write()], tx.done);
    });
  }

  clear() {
    return this.#run('clearing the store', async db => {
      const tx = db.transaction(storeNames, 'readwrite');
      await settled(
        storeNames.map(name => tx.objectStore(name).clear()),
        tx.done,
      );
    });
  }

  close() {
    this.#connection.close();
  }

  async #run<T>(doing: string, work: (db: Database) => Promise<T>): Promise<T> {
    try {
      return await this.#connection.run(work);
    } catch (error) {
      throw storageError(error, doing);
    }
  }
}

function recordUnder(key: string, value: unknown): CatalogRecord | undefined {
  const record = readRecord(value);
  return record?.digest === key ? record : undefined;
}

interface Readable {
  getAllKeys(range: IDBKeyRange | null, count: number): Promise<string[]>;
  getAll(range: IDBKeyRange | null, count: number): Promise<unknown[]>;
}

/** Every entry of a store, page by page. */
async function* entries(store: Readable): AsyncGenerator<[string, unknown]> {
  let range: IDBKeyRange | null = null;
  for (;;) {
    const [keys, values]: [string[], unknown[]] = await Promise.all([
      store.getAllKeys(range, pageLength),
      store.getAll(range, pageLength),
    ]);
    yield* keys.map((key, i): [string, unknown] => [key, values[i]]);
    if (keys.length < pageLength) return;
    range = IDBKeyRange.lowerBound(keys.at(-1), true);
  }
}

/** What throws inside of a transaction must not leave half of it to be committed. */
function orAbort<T>(tx: {abort(): void; done: Promise<void>}, work: () => T): T {
  try {
    return work();
  } catch (error) {
    tx.done.catch(() => {});
    tx.abort();
    throw error;
  }
}

/** A view is stored with its whole buffer; a chunk cut from a download must not take the download along. */
function exactBuffer(data: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return data.byteLength === data.buffer.byteLength ? data.buffer : data.slice().buffer;
}

/** A request's own error says more than the transaction's abort, and every rejection is observed. */
async function settled(requests: readonly Promise<unknown>[], done: Promise<void>): Promise<void> {
  const results = await Promise.allSettled([...requests, done]);
  const failed = results.filter(result => result.status === 'rejected').map(({reason}) => reason as Error);
  const [first] = failed;
  if (first) throw failed.find(({name}) => name !== 'AbortError') ?? first;
}

/**
 * @param withinMs how long opening may take
 * @throws KedgeError `storage_unavailable` where IndexedDB is missing, blocked or refused
 */
export async function openIndexedDb(name: string, withinMs?: number): Promise<Store> {
  if (typeof indexedDB === 'undefined')
    throw new KedgeError('storage_unavailable', 'this browser mode has no IndexedDB; models run from memory');
  const connection = new Connection(name, withinMs);
  try {
    await connection.database();
  } catch (error) {
    throw storageError(error, `opening IndexedDB ${name}`);
  }
  return new IndexedDbStore(connection);
}
