import {type Database, storeNames} from './connection.js';
import {readAll, type recordUnder} from './entries.js';
import {type Eviction, evictionsKey, orphans, withEvictions} from './evictions.js';
import type {Named} from './freeing.js';
import {goldenOrphans} from './golden.js';
import {packPrefix} from './pack-file.js';
import {layouts} from './parts.js';
import {namedBy} from './record.js';
import type {Held} from './store.js';
import {orAbort, settled, sizesIn} from './transaction.js';

/** `Store.held` of a database. @param read `recordUnder`, of which this file needs no copy */
export async function heldIn(db: Database, read: typeof recordUnder): Promise<Held> {
  const tx = db.transaction(['catalog', 'sizes']);
  return {records: await readAll(tx.objectStore('catalog'), read), sizes: await sizesIn(tx.objectStore('sizes'))};
}

/** `Store.sweep` on a database, with every entry that does not read. @param read as above */
export async function sweepDatabase(
  db: Database,
  choose: (held: Held) => readonly Eviction[],
  read: typeof recordUnder,
  spared: Named = [],
): Promise<readonly Eviction[]> {
  const tx = db.transaction(storeNames, 'readwrite');
  const [catalog, chunks, sizes, settings] = [
    tx.objectStore('catalog'),
    tx.objectStore('chunks'),
    tx.objectStore('sizes'),
    tx.objectStore('settings'),
  ];
  const done: Promise<unknown>[] = [];
  const records = await readAll(catalog, read, junk => done.push(catalog.delete(junk)));
  const stored = await sizesIn(sizes);
  const evictions = orAbort(tx, () => choose({records, sizes: stored}));
  const gone = new Set(evictions.map(({digest}) => digest));
  for (const digest of gone) done.push(catalog.delete(digest));
  const kept = records.filter(({digest}) => !gone.has(digest));
  for (const sha256 of orphans(stored.keys(), [...kept.flatMap(namedBy), ...spared])) {
    done.push(chunks.delete(sha256), sizes.delete(sha256));
    stored.delete(sha256);
  }
  const digests = new Set(kept.map(({digest}) => digest));
  const keys = await settings.getAllKeys();
  for (const key of goldenOrphans(keys, digests)) done.push(settings.delete(key));
  const dead: string[] = [];
  for (const key of keys.filter(key => key.startsWith(packPrefix)))
    if (!((await settings.get(key)) as string[]).some(sha256 => stored.has(sha256))) dead.push(key);
  // A layout of what is kept names packs that are kept.
  for (const key of dead) done.push(settings.delete(key), settings.delete(layouts()));
  if (evictions.length > 0) {
    done.push(settings.put(withEvictions(await settings.get(evictionsKey), evictions), evictionsKey));
  }
  await settled(done, tx.done);
  // A file that stays is one that nothing names: a later start removes it.
  if (dead[0])
    await import('../packed.js').then(
      file => Promise.all(dead.map(file.removePack)),
      () => {},
    );
  return evictions;
}
