import Database from 'libsql';
import {schema, schemaVersion} from './schema.js';

export type Connection = Database.Database;

/** A row as the driver returns it; each query names its own shape. */
export type Row<T> = T | undefined;

/**
 * An open database with its tables.
 *
 * @throws Error when the file is not a database, or was written by a later version
 */
export function connect(path: string): Connection {
  const db = new Database(path, {timeout: 5000});
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000');
    const {user_version: found} = db.prepare('PRAGMA user_version').get() as {user_version: number};
    if (found > schemaVersion)
      throw new Error(`${path}: written by a later version (schema ${found}, this one knows ${schemaVersion})`);
    db.exec(`${schema}; PRAGMA user_version = ${schemaVersion}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
