import type {IDBPDatabase} from 'idb';
import type {Schema} from './connection.js';
import type {Stored} from './store.js';

/** Where a chunk lies that is a part of a pack: many chunks in one value, from byte `at` up to `end`. */
export interface Place {
  /** The pack's key, among the chunks. */
  in: string;
  at: number;
  end: number;
}

/** What a pack's key begins with. Its chunks are noted in the setting of the same key. */
export const packPrefix = 'pack:';

type Value = Schema['chunks']['value'] | undefined;

/**
 * Where the bytes of these chunks lie, one after the other: neighbours in a pack are one part. Browsers keep each value in a
 * file of its own, and to open it takes longer than to read half a megabyte of it.
 */
export async function partsOf(db: IDBPDatabase<Schema>, digests: readonly string[]): Promise<Stored> {
  const {store} = db.transaction('chunks');
  const parts: Value[] = [];
  for (const value of await Promise.all(digests.map(digest => store.get(digest)))) {
    const last = parts.at(-1);
    if (isPlace(value) && isPlace(last) && last.in === value.in && last.end === value.at) last.end = value.end;
    else parts.push(value);
  }
  const found = async (part: Value) =>
    isPlace(part) ? ((await store.get(part.in)) as Blob | undefined)?.slice(part.at, part.end) : part;
  return Promise.all(parts.map(found));
}

export const isPlace = (value: Value): value is Place => !!(value as Place | undefined)?.in;
