import type {IDBPDatabase} from 'idb';
import type {Schema} from './connection.js';
import type {Stored} from './store.js';

/** Where a chunk lies that is a part of a pack, a file with many chunks: from byte `at` up to `end`. */
export interface Place {
  /** The pack's key: names its file, and the setting that lists its chunks. */
  in: string;
  at: number;
  end: number;
  /** XXH64 of the blocks of a whole file, at its first part: see `noteLayout`. */
  sums?: BigUint64Array;
}

/** What the key begins with under which the places of a file are noted: to ask for each of its chunks takes as long as to read them. */
export const layoutPrefix = 'layout:';
/** All of them: they go where any chunk moves, or is dropped. */
export const layouts = () => IDBKeyRange.bound(layoutPrefix, layoutPrefix + '~');

/** Where the bytes of these chunks lie, one after the other. */
export async function partsOf(db: IDBPDatabase<Schema>, digests: readonly string[], file?: string): Promise<Stored> {
  const tx = db.transaction(['chunks', 'settings']);
  const noted = file && (await tx.objectStore('settings').get(layoutPrefix + file));
  return (noted as Place[] | undefined) || Promise.all(digests.map(digest => tx.objectStore('chunks').get(digest)));
}

export const isPlace = (value: unknown): value is Place => !!(value as Place | undefined)?.in;
