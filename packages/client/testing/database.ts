import {type IDBPDatabase, openDB} from 'idb';
import {databaseName} from '../src/names.js';

/**
 * Looks into the client's database, or changes what is in it.
 *
 * Closes it whatever happens: one that a failed test leaves open keeps the database from being deleted, and every test after
 * it waits for that.
 */
export async function inDatabase<T>(work: (database: IDBPDatabase) => Promise<T>, name = databaseName): Promise<T> {
  const database = await openDB(name);
  try {
    return await work(database);
  } finally {
    database.close();
  }
}
