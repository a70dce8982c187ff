import {areRight} from '../install/right.js';
import {BlockSums, summing} from './block-sums.js';
import type {Database} from './connection.js';
import {joined} from './joined.js';
import {PackReader} from './pack-reader.js';
import {isPlace, layoutPrefix, type Place} from './parts.js';
import {settled} from './transaction.js';

/** Digests of its chunks, and its own. */
export interface ReadFile {
  digests: readonly string[];
  file?: string | undefined;
}

/**
 * Notes of a file that lies in packs where its parts are and what its bytes sum to, after all chunks were verified once more:
 * the next start asks for this alone.
 */
export async function noteLayout(db: Database, {digests, file}: ReadFile): Promise<void> {
  if (file === undefined || (await db.getKey('settings', layoutPrefix + file))) return;
  const places = await placesOf(db.transaction('chunks').store, digests);
  const sums = places && (await sumsOf(digests, places));
  if (!sums) return;
  const tx = db.transaction(['chunks', 'settings'], 'readwrite');
  const now = await placesOf(tx.objectStore('chunks'), digests);
  const [first, ...others] = joined(places);
  // What moved meanwhile is looked at by a later start.
  const writes =
    first && JSON.stringify(now) === JSON.stringify(places)
      ? [tx.objectStore('settings').put([{...first, sums}, ...others], layoutPrefix + file)]
      : [];
  await settled(writes, tx.done);
}

/** Undefined where one lies in no pack. */
async function placesOf(
  chunks: {get(digest: string): Promise<unknown>},
  digests: readonly string[],
): Promise<Place[] | undefined> {
  const places = (await Promise.all(digests.map(digest => chunks.get(digest)))).filter(isPlace);
  return places.length < digests.length ? undefined : places;
}

/** Undefined where a chunk is not what it was, or can't be read. */
async function sumsOf(digests: readonly string[], places: readonly Place[]): Promise<BigUint64Array | undefined> {
  const reader = await PackReader.open(joined(places));
  if (!reader) return undefined;
  const sums = new BlockSums(await summing());
  const chunks = places.map(({at, end}, i) => ({sha256: digests[i]!, bytes: end - at}));
  const subarray = (begin = 0, end = reader.bytes) => reader.read(new Uint8Array(end - begin), begin);
  const right = await areRight(chunks, {subarray}, bytes => sums.add(bytes)).finally(() => reader.close());
  return right ? sums.end() : undefined;
}
