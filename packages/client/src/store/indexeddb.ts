import type {IDBPObjectStore} from 'idb';
import {isKedgeError, KedgeError, toKedgeError} from '@kedge/core';
import {Connection, type Database, type Schema, storeNames} from './connection.js';
import {readAll, recordUnder} from './entries.js';
import type {Eviction} from './evictions.js';
import {bytesOf, lostFile, valueOf} from './bytes.js';
import {toStored} from './record.js';
import type {Change, Held, Store, StoredChunk} from './store.js';
import {orAbort, settled, sizesIn} from './transaction.js';

/** From so many on, reading every key costs less than asking for each. */
const askAllFrom = 64;

/** Every chunk under its digest, unless most of them are not wanted. Four hundred take a quarter of the time that asking for each takes. */
async function mostOf(
  store: IDBPObjectStore<Schema, ['chunks'], 'chunks'>,
  wanted: number,
): Promise<Map<string, Schema['chunks']['value']> | undefined> {
  const keys = await store.getAllKeys();
  if (keys.length > 2 * wanted) return undefined;
  const values = await store.getAll();
  return new Map(keys.map((key, i) => [key, values[i]!]));
}

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
  readonly #onFull: (() => Promise<boolean>) | undefined;

  constructor(connection: Connection, onFull: (() => Promise<boolean>) | undefined) {
    this.#connection = connection;
    this.#onFull = onFull;
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

  async getChunks(digests: readonly string[]) {
    const together = async (db: Database) => {
      const {store} = db.transaction('chunks');
      const all = digests.length < askAllFrom ? undefined : await mostOf(store, digests.length);
      const found = all
        ? digests.map(digest => all.get(digest))
        : await Promise.all(digests.map(digest => store.get(digest)));
      return found.map(value => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
    };
    // One that can't be read ends the transaction for all.
    const apart = () => Promise.all(digests.map(digest => this.getChunk(digest)));
    return this.#connection.run(together).catch(apart);
  }

  getChunk(sha256: string) {
    return this.#run('reading a chunk', async db => bytesOf(await db.get('chunks', sha256).catch(lostFile)));
  }

  putChunks(chunks: readonly StoredChunk[]) {
    return this.#run('storing chunks', async db => {
      const tx = db.transaction(['chunks', 'sizes'], 'readwrite', {durability: 'relaxed'});
      const puts = chunks.flatMap(({sha256, data}) => [
        tx.objectStore('chunks').put(valueOf(data), sha256),
        tx.objectStore('sizes').put(data.length, sha256),
      ]);
      await settled(puts, tx.done);
    });
  }

  dropChunks(digests: readonly string[]) {
    return this.#run('removing chunks', async db => {
      const tx = db.transaction(['chunks', 'sizes'], 'readwrite');
      const drops = digests.flatMap(digest => [
        tx.objectStore('chunks').delete(digest),
        tx.objectStore('sizes').delete(digest),
      ]);
      await settled(drops, tx.done);
    });
  }

  getRecord(digest: string) {
    return this.#run('reading the catalog', async db => recordUnder(digest, await db.get('catalog', digest)));
  }

  records() {
    return this.#run('reading the catalog', db => readAll(db.transaction('catalog').store));
  }

  changeRecords(digests: readonly string[], change: Change) {
    return this.#run('writing the catalog', async db => {
      const tx = db.transaction('catalog', 'readwrite', {durability: 'strict'});
      const found = await Promise.all(digests.map(digest => tx.store.get(digest)));
      const puts = orAbort(tx, () => digests.map((digest, i) => change(recordUnder(digest, found[i]), digest)));
      await settled(
        puts.flatMap(record => (record ? [tx.store.put(toStored(record), record.digest)] : [])),
        tx.done,
      );
    });
  }

  async sweep(choose: (held: Held) => readonly Eviction[]) {
    const {sweepDatabase} = await import('../storage.js');
    return this.#run('removing versions', db => sweepDatabase(db, choose, readAll));
  }

  held() {
    return this.#run('reading the store', async db => {
      const tx = db.transaction(['catalog', 'sizes']);
      return {records: await readAll(tx.objectStore('catalog')), sizes: await sizesIn(tx.objectStore('sizes'))};
    });
  }

  getSetting(key: string) {
    return this.#run('reading a setting', db => db.get('settings', key));
  }

  async putSetting(key: string, value: unknown) {
    try {
      await this.#putSetting(key, value);
    } catch (error) {
      const full = isKedgeError(error) && error.code === 'storage_full';
      if (!full || !(await this.#onFull?.())) throw error;
      await this.#putSetting(key, value);
    }
  }

  #putSetting(key: string, value: unknown) {
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

export interface IndexedDbOptions {
  /** How long opening may take, in milliseconds. @default 5000 */
  withinMs?: number;
  /** Makes room for a setting. @returns whether it is worth another try */
  onFull?(): Promise<boolean>;
}

/** @throws KedgeError `storage_unavailable` where IndexedDB is missing, blocked or refused */
export async function openIndexedDb(name: string, {withinMs, onFull}: IndexedDbOptions = {}): Promise<Store> {
  if (typeof indexedDB === 'undefined')
    throw new KedgeError('storage_unavailable', 'this browser mode has no IndexedDB; models run from memory');
  const connection = new Connection(name, withinMs);
  try {
    await connection.database();
  } catch (error) {
    throw storageError(error, `opening IndexedDB ${name}`);
  }
  return new IndexedDbStore(connection, onFull);
}
