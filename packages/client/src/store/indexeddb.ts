import {isKedgeError, KedgeError, toKedgeError} from '@kedge/core';
import type {IDBPTransaction} from 'idb';
import {Connection, type Database, type Schema} from './connection.js';
import {recordUnder} from './entries.js';
import type {Eviction} from './evictions.js';
import type {Named} from './freeing.js';
import {bytesOf, lostFile, valueOf} from './bytes.js';
import {isPlace, partsOf} from './parts.js';
import type {ReadFile} from './layout.js';
import {toStored} from './record.js';
import type {Change, Held, RecordStep, Store, StoredChunk} from './store.js';
import {orAbort, settled} from './transaction.js';
import {packedFile, removingFile} from '../worker/later.js';

/** From so many on, reading every key costs less than asking for each. */
const askAllFrom = 64;

/** Fewer chunks are not worth a pack. */
const packFrom = 8;

/** `QuotaExceededError` comes as the request's error or as the transaction's, by browser. */
function storageError(error: unknown, doing: string): Error {
  // Thrown by what was to be written, not by the disk.
  if (error instanceof TypeError) return error;
  if ((error as Error | undefined)?.name === 'QuotaExceededError')
    return new KedgeError(
      'storage_full',
      `${doing}: the browser's quota for this site is spent; free space or run from memory`,
      {cause: error},
    );
  return toKedgeError(error, 'storage_unavailable', doing);
}

interface Sizes {
  getKey(digest: string): Promise<string | undefined>;
  getAllKeys(): Promise<string[]>;
}

/** Those of the chunks that are stored. */
async function storedOf(digests: readonly string[], sizes: Sizes): Promise<string[]> {
  const each = () => Promise.all(digests.map(digest => sizes.getKey(digest)));
  const stored = new Set(await (digests.length < askAllFrom ? each() : sizes.getAllKeys()));
  return digests.filter(digest => stored.has(digest));
}

type Writing = IDBPTransaction<Schema, ('chunks' | 'sizes' | 'catalog')[], 'readwrite'>;

/** @param chunks that must be stored by then, in the same transaction @returns whether anything was written */
async function changeIn(
  tx: Writing,
  digests: readonly string[],
  change: Change,
  chunks: readonly string[] = [],
): Promise<boolean> {
  const catalog = tx.objectStore('catalog');
  // Asked at once: each answer takes as long as all of them.
  const [found, stored] = await Promise.all([
    Promise.all(digests.map(digest => catalog.get(digest))),
    chunks.length > 0 ? storedOf(chunks, tx.objectStore('sizes')) : chunks,
  ]);
  if (stored.length < chunks.length) return false;
  const puts = orAbort(tx, () => digests.map((digest, i) => change(recordUnder(digest, found[i]), digest)));
  const written = puts.flatMap(record => (record ? [catalog.put(toStored(record), record.digest)] : []));
  await Promise.all(written);
  return written.length > 0;
}

class IndexedDbStore implements Store {
  readonly kind = 'indexeddb';
  readonly #connection: Connection;
  readonly #onFull: (() => Promise<boolean>) | undefined;
  /** Chunks that were read together. */
  readonly #read: ReadFile[] = [];

  constructor(connection: Connection, onFull: (() => Promise<boolean>) | undefined) {
    this.#connection = connection;
    this.#onFull = onFull;
  }

  hasChunks(digests: readonly string[]) {
    return this.#run('looking up chunks', async db => new Set(await storedOf(digests, db.transaction('sizes').store)));
  }

  getChunks(digests: readonly string[], file?: string) {
    if (digests.length >= packFrom) this.#read.push({digests, file});
    // One that can't be read ends the transaction for all.
    const apart = () => Promise.all(digests.map(digest => this.getChunk(digest)));
    return this.#connection.run(db => partsOf(db, digests, file)).catch(apart);
  }

  getChunk(sha256: string) {
    return this.#run('reading a chunk', async db => {
      const part = (await partsOf(db, [sha256]).catch(lostFile))?.[0];
      return isPlace(part) ? (await packedFile()).readPlace(part) : bytesOf(part);
    });
  }

  async pack() {
    const lists = this.#read.splice(0);
    if (lists.length > 0) await (await import('../packing.js')).pack(await this.#connection.database(), lists);
  }

  putChunks(chunks: readonly StoredChunk[], step?: RecordStep) {
    return this.#run('storing chunks', async db => {
      // A step is lost with them, if they are.
      const names: Writing['objectStoreNames'][number][] = ['chunks', 'sizes'];
      if (step) names.push('catalog');
      const tx: Writing = db.transaction(names, 'readwrite', {durability: 'relaxed'});
      // Asked first: answered while the chunks are handed over.
      const others = step?.chunks.filter(digest => !chunks.some(({sha256}) => sha256 === digest));
      const changed = step && changeIn(tx, [step.digest], step.change, others);
      const puts: Promise<unknown>[] = [];
      try {
        for (const {sha256, data, value = valueOf(data)} of chunks)
          puts.push(tx.objectStore('chunks').put(value, sha256), tx.objectStore('sizes').put(data.length, sha256));
      } catch (error) {
        // What was asked for before must not be written without it.
        const reason = error as Error;
        puts.unshift(Promise.reject(reason));
        tx.abort();
      }
      // Never `tx.commit()`: where that meets the quota, Chromium now and then neither completes nor aborts.
      await settled([...puts, changed], tx.done);
      return !!(await changed);
    });
  }

  async dropChunks(digests: readonly string[]) {
    const {removeChunks} = await removingFile();
    return this.#run('removing chunks', db => removeChunks(db, digests));
  }

  getRecord(digest: string) {
    return this.#run('reading the catalog', async db => recordUnder(digest, await db.get('catalog', digest)));
  }

  async records() {
    const {readAll} = await import('../storage.js');
    return this.#run('reading the catalog', db => readAll(db.transaction('catalog').store, recordUnder));
  }

  changeRecords(digests: readonly string[], change: Change) {
    return this.#run('writing the catalog', async db => {
      const tx: Writing = db.transaction(['catalog'], 'readwrite', {durability: 'strict'});
      await settled([changeIn(tx, digests, change)], tx.done);
    });
  }

  async sweep(choose: (held: Held) => readonly Eviction[], spared?: Named) {
    const {sweepDatabase} = await import('../storage.js');
    return this.#run('removing versions', db => sweepDatabase(db, choose, recordUnder, spared));
  }

  async held() {
    const {heldIn} = await import('../storage.js');
    return this.#run('reading the store', db => heldIn(db, recordUnder));
  }

  getSetting(key: string) {
    return this.#run('reading a setting', db => db.get('settings', key));
  }

  async putSetting(keys: string | readonly string[], value: unknown) {
    const put = () =>
      this.#run('writing a setting', async db => {
        const tx = db.transaction('settings', 'readwrite', {durability: 'strict'});
        await settled(
          [keys].flat().map(key => tx.store.put(value, key)),
          tx.done,
        );
      });
    try {
      await put();
    } catch (error) {
      const full = isKedgeError(error) && error.code === 'storage_full';
      if (!full || !(await this.#onFull?.())) throw error;
      await put();
    }
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

  async clear() {
    const {clearDatabase} = await removingFile();
    return this.#run('clearing the store', clearDatabase);
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
  const connection = new Connection(name, withinMs);
  try {
    await connection.database();
  } catch (error) {
    const doing = `opening IndexedDB ${name}; without it models run from memory`;
    throw toKedgeError(storageError(error, doing), 'storage_unavailable', doing);
  }
  return new IndexedDbStore(connection, onFull);
}
