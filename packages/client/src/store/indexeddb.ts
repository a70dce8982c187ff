import {KedgeError, toKedgeError} from '@kedge/core';
import {type DBSchema, type IDBPDatabase, openDB} from 'idb';
import {type CatalogRecord, chunksOf, type Store, type StoredChunk} from './store.js';

interface Schema extends DBSchema {
  chunks: {key: string; value: ArrayBuffer};
  /** Sizes apart from bytes, so that questions about what is stored read no bytes. */
  sizes: {key: string; value: number};
  catalog: {key: string; value: CatalogRecord};
  settings: {key: string; value: unknown};
}

const stores = ['chunks', 'sizes', 'catalog', 'settings'] as const;

/** `QuotaExceededError` comes as the request's error or as the transaction's, by browser. */
function storageError(error: unknown, doing: string): KedgeError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'QuotaExceededError')
    return new KedgeError(
      'storage_full',
      `${doing}: the browser's quota for this site is spent; free space or run from memory`,
      {cause: error},
    );
  return toKedgeError(error, 'storage_unavailable', doing);
}

async function guarded<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error, doing);
  }
}

class IndexedDbStore implements Store {
  readonly kind = 'indexeddb';
  readonly #db: IDBPDatabase<Schema>;

  constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  hasChunks(digests: readonly string[]) {
    return guarded('looking up chunks', async () => {
      const sizes = this.#db.transaction('sizes').store;
      const known = await Promise.all(digests.map(digest => sizes.getKey(digest)));
      return new Set(known.filter(key => key !== undefined));
    });
  }

  getChunk(sha256: string) {
    return guarded('reading a chunk', async () => {
      const data = await this.#db.get('chunks', sha256);
      return data && new Uint8Array(data);
    });
  }

  putChunks(chunks: readonly StoredChunk[]) {
    return guarded('storing chunks', async () => {
      const tx = this.#db.transaction(['chunks', 'sizes'], 'readwrite', {durability: 'relaxed'});
      const puts = chunks.flatMap(({sha256, data}) => [
        tx.objectStore('chunks').put(exactBuffer(data), sha256),
        tx.objectStore('sizes').put(data.length, sha256),
      ]);
      await settled(puts, tx.done);
    });
  }

  getRecord(digest: string) {
    return guarded('reading the catalog', () => this.#db.get('catalog', digest));
  }

  records() {
    return guarded('reading the catalog', () => this.#db.getAll('catalog'));
  }

  putRecord(record: CatalogRecord) {
    return guarded('writing the catalog', async () => {
      const tx = this.#db.transaction('catalog', 'readwrite', {durability: 'strict'});
      await settled([tx.store.put(record, record.digest)], tx.done);
    });
  }

  removeRecords(digests: readonly string[]) {
    return guarded('removing versions', async () => {
      const tx = this.#db.transaction(['catalog', 'chunks', 'sizes'], 'readwrite');
      const catalog = tx.objectStore('catalog');
      for (const digest of digests) void catalog.delete(digest);
      const [kept, stored] = await Promise.all([catalog.getAll(), tx.objectStore('sizes').getAllKeys()]);
      const named = new Set(kept.flatMap(record => chunksOf(record.manifest).map(({sha256}) => sha256)));
      for (const sha256 of stored.filter(key => !named.has(key))) {
        void tx.objectStore('chunks').delete(sha256);
        void tx.objectStore('sizes').delete(sha256);
      }
      await tx.done;
    });
  }

  chunkBytes() {
    return guarded('measuring the store', async () => {
      const sizes = await this.#db.getAll('sizes');
      return sizes.reduce((sum, bytes) => sum + bytes, 0);
    });
  }

  getSetting(key: string) {
    return guarded('reading a setting', () => this.#db.get('settings', key));
  }

  putSetting(key: string, value: unknown) {
    return guarded('writing a setting', async () => {
      const tx = this.#db.transaction('settings', 'readwrite', {durability: 'strict'});
      await settled([tx.store.put(value, key)], tx.done);
    });
  }

  clear() {
    return guarded('clearing the store', async () => {
      const tx = this.#db.transaction(stores, 'readwrite');
      await settled(
        stores.map(name => tx.objectStore(name).clear()),
        tx.done,
      );
    });
  }

  close() {
    this.#db.close();
  }
}

/** A view is stored with its whole buffer; a chunk cut from a download must not take the download along. */
function exactBuffer(data: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return data.byteLength === data.buffer.byteLength ? data.buffer : data.slice().buffer;
}

/** A request's own error says more than the transaction's abort, and every rejection is observed. */
async function settled(requests: readonly Promise<unknown>[], done: Promise<void>): Promise<void> {
  const results = await Promise.allSettled([...requests, done]);
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** @throws KedgeError `storage_unavailable` where IndexedDB is missing, blocked or refused */
export async function openIndexedDb(name: string): Promise<Store> {
  if (typeof indexedDB === 'undefined')
    throw new KedgeError('storage_unavailable', 'this browser mode has no IndexedDB; models run from memory');
  return guarded(`opening IndexedDB ${name}`, async () => {
    const db = await openDB<Schema>(name, 1, {
      upgrade(database) {
        for (const store of stores) database.createObjectStore(store);
      },
      // Another tab deletes the database (forget) or upgrades it: holding on would block it for good.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new IndexedDbStore(db);
  });
}
