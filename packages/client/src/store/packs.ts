import {randomId} from '../random-id.js';
import {realm} from '../realm.js';
import type {Database, Schema} from './connection.js';
import type {ReadFile} from './layout.js';
import {packedFile} from '../worker/later.js';
import {alone} from './lock.js';
import {canWrite, fileOf, folderOf, keyOf, packPrefix, removePack, soon, writePack} from './pack-file.js';
import {isPlace, layouts, type Place} from './parts.js';
import {orAbort, settled} from './transaction.js';

/** So much is copied in a quarter of a second: nobody who wants to read waits for longer. */
const packBytes = 32 * 2 ** 20;

/** Then whoever wants to read waits no longer. */
const writeWithinMs = 10_000;

/** Half a millisecond can be won with each chunk: for fewer of them nothing is moved. */
const leastChunks = 8;
const leastBytes = 4e6;

/** In Chromium each value is a file, and many files are what makes a start slow. Elsewhere nothing was measured to be won. */
const isWorthIt = () => /Chrom/.test(realm.userAgent ?? '') && canWrite();

/**
 * Puts chunks that are read one after the other into packs, and what lives of a pack in which some are dead into another one. Each
 * pack has the store alone while it is made: who reads or installs in any tab ends it, and a later start goes on.
 *
 * @param files what was read: digests of chunks, in their order
 * @throws the browser's error where it refuses one: all that it was to hold is where it was
 */
export async function pack(db: Database, files: readonly ReadFile[]): Promise<void> {
  if (!isWorthIt()) return;
  await inTurn(isLate => tidy(db, isLate));
  for (const {digests} of files)
    for (const stretch of stretchesOf(await valuesOf(db, digests)))
      if (!(await inTurn(isLate => move(db, stretch, isLate)))) return;
  for (const key of await packsOf(db)) {
    const digests = (await db.get('settings', key)) as string[];
    const values = await valuesOf(db, digests);
    if (values.every(({value}) => packOf(value) === key)) continue;
    if (!(await inTurn(isLate => move(db, digests, isLate, key)))) return;
  }
  // Without it the next start reads what is there as a whole.
  const {noteLayout} = await packedFile();
  for (const file of files) await noteLayout(db, file).catch(() => {});
}

/** Nobody reads meanwhile. @returns undefined where somebody does, or it is late */
const inTurn = <T>(work: (isLate: () => boolean) => Promise<T>) => alone(() => soon(work, writeWithinMs), false);

const packsOf = (db: Database) => db.getAllKeys('settings', IDBKeyRange.bound(packPrefix, `${packPrefix}~`));

/** Removes files that the database does not name: a tab was killed while it wrote one, or all that was in it is gone. */
async function tidy(db: Database, isLate: () => boolean): Promise<void> {
  const folder = await folderOf(db.name);
  const named = new Set(await packsOf(db));
  for await (const file of folder.keys()) {
    // Another tab may be writing one by now.
    if (isLate()) return;
    const key = keyOf(db.name, file);
    if (!named.has(key)) await removePack(key);
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

interface Stretch {
  digests: string[];
  bytes: number;
}

const isWorth = ({digests, bytes}: Stretch) => digests.length >= leastChunks && bytes >= leastBytes;

/** What lies side by side and is in no pack, as much of it as one takes. The rest of a file goes with what is before it. */
function stretchesOf(found: readonly Found[]): string[][] {
  const stretches: Stretch[] = [];
  let last: Stretch | undefined, before: Stretch | undefined;
  for (const {digest, value} of found) {
    const bytes = sizeOf(value);
    if (!value || isPlace(value)) last = before = undefined;
    else if (last && last.bytes + bytes <= packBytes) {
      last.digests.push(digest);
      last.bytes += bytes;
    } else {
      before = last;
      stretches.push((last = {digests: [digest], bytes}));
    }
  }
  if (before && last && !isWorth(last)) before.digests.push(...stretches.pop()!.digests);
  return stretches.filter(isWorth).map(({digests}) => digests);
}

/**
 * Moves what is there of these chunks into a new pack: out of the one that goes, or else those that are in none. First the file
 * is written, then one transaction says of each chunk that it lies there: a crash leaves them here or there.
 *
 * @returns true, unless it is late
 */
async function move(
  db: Database,
  digests: readonly string[],
  isLate: () => boolean,
  from?: string,
): Promise<true | void> {
  const moved = (await valuesOf(db, digests)).filter(({value}) => value && packOf(value) === from);
  const key = keyOf(db.name, randomId());
  try {
    if (moved.length > 0) await writePack(key, await partsOf(moved, from));
    // Nothing names it.
    if (isLate()) return await removePack(key);
    await note(db, moved, key, from);
  } catch (error) {
    await removePack(key);
    throw error;
  }
  if (from !== undefined) await removePack(from);
  return true;
}

/** Not read: the browser copies them. @throws the browser's error where the pack that they are in is gone */
async function partsOf(moved: readonly Found[], from: string | undefined): Promise<(Blob | ArrayBuffer)[]> {
  const old = from === undefined ? undefined : await (await fileOf(from)).getFile();
  return moved.map(({value}) => (isPlace(value) ? old!.slice(value.at, value.end) : value!));
}

/** What was removed meanwhile, where there are no locks, stays away. */
async function note(db: Database, moved: readonly Found[], key: string, from: string | undefined): Promise<void> {
  const tx = db.transaction(['chunks', 'settings'], 'readwrite', {durability: 'strict'});
  const [chunks, settings] = [tx.objectStore('chunks'), tx.objectStore('settings')];
  const digests = moved.map(({digest}) => digest);
  const now = await Promise.all(digests.map(digest => chunks.get(digest)));
  const writes = orAbort(tx, () => [
    // First what the browser may refuse.
    ...(digests.length > 0 ? [settings.put(digests, key)] : []),
    ...placesOf(moved, key).flatMap((place, i) =>
      now[i] && packOf(now[i]) === from ? [chunks.put(place, digests[i])] : [],
    ),
    ...(from === undefined ? [] : [settings.delete(from)]),
    settings.delete(layouts()),
  ]);
  await settled(writes, tx.done);
}

/** One after the other. */
function placesOf(moved: readonly Found[], key: string): Place[] {
  let end = 0;
  return moved.map(({value}) => ({in: key, at: end, end: (end += sizeOf(value))}));
}
