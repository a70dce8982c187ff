import {type DBSchema, type IDBPDatabase, openDB} from 'idb';
import type {Place} from './parts.js';
import type {CatalogRecord} from './record.js';

export interface Schema extends DBSchema {
  /** As `valueOf` makes them, or where in a pack they are. */
  chunks: {key: string; value: Blob | ArrayBuffer | Place};
  /** Sizes apart from bytes, so that questions about what is stored read no bytes. */
  sizes: {key: string; value: number};
  catalog: {key: string; value: CatalogRecord};
  settings: {key: string; value: unknown};
}

export type Database = IDBPDatabase<Schema>;
export const storeNames = ['chunks', 'sizes', 'catalog', 'settings'] as const;

/** Opening may wait for ever: on a deletion that another tab holds up, or in a browser whose storage process hangs. */
const openWithinMs = 5000;

/** Errors of a connection that is gone (WebKit kills idle ones, a person clears the site's data): a new one may do. */
const lostErrors = ['InvalidStateError', 'UnknownError', 'AbortError'];

/** A database that is opened again when its connection was lost. */
export class Connection {
  readonly #name: string;
  readonly #withinMs: number;
  #open: Promise<Database> | undefined;
  #closed = false;

  constructor(name: string, withinMs = openWithinMs) {
    this.#name = name;
    this.#withinMs = withinMs;
  }

  /** @throws Error when it does not open in time, or was closed; the browser's error when it refuses */
  async database(): Promise<Database> {
    if (this.#closed) throw new Error('the store was closed');
    const open = (this.#open ??= this.#openDatabase());
    try {
      return await open;
    } catch (error) {
      if (this.#open === open) this.#open = undefined;
      throw error;
    }
  }

  /** Once more on a new connection when the one at hand was lost; `work` must be whole transactions, which are all or nothing. */
  async run<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const database = await this.database();
    try {
      return await work(database);
    } catch (error) {
      if (!lostErrors.includes((error as Error | undefined)?.name ?? '')) throw error;
      this.#drop(database);
      return work(await this.database());
    }
  }

  close(): void {
    this.#closed = true;
    void this.#open?.then(
      database => database.close(),
      () => {},
    );
  }

  /** The next use opens it again. */
  #drop(database: Pick<Database, 'close'>): void {
    database.close();
    this.#open = undefined;
  }

  async #openDatabase(): Promise<Database> {
    const database = await this.#request();
    if (storeNames.every(store => database.objectStoreNames.contains(store))) return database;
    // Somebody else made a database of this name, or one of ours was cut short: nothing of it can be used.
    database.close();
    // What is opened next waits for it.
    indexedDB.deleteDatabase(this.#name);
    return this.#request();
  }

  #request(): Promise<Database> {
    const gone = () => {
      this.#open = undefined;
    };
    const request = openDB<Schema>(this.#name, 1, {
      upgrade(database) {
        for (const store of storeNames) database.createObjectStore(store);
      },
      // Another tab deletes the database (forget) or upgrades it: holding on would block it for good.
      blocking: (_current, _blocked, event) => {
        (event.target as IDBDatabase).close();
        gone();
      },
      terminated: gone,
    });
    return within(this.#withinMs, request);
  }
}

/** A database that opens too late is closed again. */
function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
    work
      .then(value => {
        if (late) (value as Database | undefined)?.close();
        resolve(value);
      }, reject)
      .finally(() => clearTimeout(timer));
  });
}
