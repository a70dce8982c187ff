import {randomId} from '../random-id.js';
import {realm} from '../realm.js';
import type {Database, Schema} from './connection.js';
import {alone} from './lock.js';
import {isPlace, packPrefix, type Place} from './parts.js';
import {orAbort, settled} from './transaction.js';

/** A browser copies so much in a tenth of a second: nobody who wants to read waits for longer. */
const packBytes = 32 * 2 ** 20;

/** Half a millisecond can be won with each chunk: for fewer of them nothing is moved. */
const worth = {chunks: 8, bytes: 4e6};

/**
 * In Chromium each value is a file, and many files are what makes a start slow. WebKit may not read for a moment what was just
 * moved: a reader would take it for lost.
 */
const isWorthIt = () => /Chrom/.test(realm.userAgent ?? '');

/**
 * Puts chunks that are read one after the other into packs, and what lives of a pack in which some are dead into another one. A
 * pack is one transaction and has the store alone: who reads or installs in any tab ends it, and a later start goes on.
 *
 * @param lists chunks, in the order in which they are read
 * @throws the browser's error where it refuses one: all that it was to hold is where it was
 */
export async function pack(db: Database, lists: readonly (readonly string[])[]): Promise<void> {
  if (!isWorthIt()) return;
  for (const digests of lists)
    for (const stretch of stretchesOf(await valuesOf(db, digests)))
      if (!(await alone(() => move(db, stretch), false))) return;
  for (const key of await db.getAllKeys('settings', IDBKeyRange.bound(packPrefix, `${packPrefix}~`))) {
    const digests = (await db.get('settings', key)) as string[];
    const values = await valuesOf(db, digests);
    if (values.every(({value}) => packOf(value) === key)) continue;
    if (!(await alone(() => move(db, digests, key), false))) return;
  }
}

type Value = Schema['chunks']['value'] | undefined;

interface Found {
  digest: string;
  value: Value;
}

/** Content that comes twice is found once. */
function valuesOf(db: Database, digests: readonly string[]): Promise<Found[]> {
  const {store} = db.transaction('chunks');
  return Promise.all([...new Set(digests)].map(async digest => ({digest, value: await store.get(digest)})));
}

const packOf = (value: Value) => (isPlace(value) ? value.in : undefined);

function sizeOf(value: Value): number {
  if (isPlace(value)) return value.end - value.at;
  return value instanceof Blob ? value.size : (value?.byteLength ?? 0);
}

/** What lies side by side and is in no pack, as much of it as one takes. */
function stretchesOf(found: readonly Found[]): string[][] {
  const stretches: {digests: string[]; bytes: number}[] = [];
  let last: (typeof stretches)[number] | undefined;
  for (const {digest, value} of found) {
    const bytes = sizeOf(value);
    if (!value || isPlace(value)) last = undefined;
    else if (last && last.bytes + bytes <= packBytes) {
      last.digests.push(digest);
      last.bytes += bytes;
    } else stretches.push((last = {digests: [digest], bytes}));
  }
  const worthIt = stretches.filter(({digests, bytes}) => digests.length >= worth.chunks && bytes >= worth.bytes);
  return worthIt.map(({digests}) => digests);
}

/**
 * Moves what is there of these chunks into a new pack: out of the one that goes, or else those that are in none. A crash leaves
 * them here or there.
 *
 * @returns true
 */
async function move(db: Database, digests: readonly string[], from?: string): Promise<true> {
  const tx = db.transaction(['chunks', 'settings'], 'readwrite', {durability: 'strict'});
  const [chunks, settings] = [tx.objectStore('chunks'), tx.objectStore('settings')];
  const found = await Promise.all(digests.map(async digest => ({digest, value: await chunks.get(digest)})));
  const moved = found.filter(({value}) => value && packOf(value) === from);
  const old = from !== undefined && moved.length > 0 ? ((await chunks.get(from)) as Blob) : undefined;
  const parts = moved.map(({value}) => (isPlace(value) ? old!.slice(value.at, value.end) : value!));
  const key = packPrefix + randomId();
  const noted = moved.map(({digest}) => digest);
  const writes = orAbort(tx, () => [
    // First what the browser may refuse.
    ...(moved.length > 0 ? [chunks.put(new Blob(parts), key), settings.put(noted, key)] : []),
    ...placesOf(moved, key).map((place, i) => chunks.put(place, noted[i])),
    ...(from === undefined ? [] : [chunks.delete(from), settings.delete(from)]),
  ]);
  await settled(writes, tx.done);
  return true;
}

/** One after the other. */
function placesOf(moved: readonly Found[], key: string): Place[] {
  let end = 0;
  return moved.map(({value}) => ({in: key, at: end, end: (end += sizeOf(value))}));
}
