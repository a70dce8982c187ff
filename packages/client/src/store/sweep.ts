import {type Database, storeNames} from './connection.js';
import type {readAll} from './entries.js';
import {type Eviction, evictionsKey, orphans, withEvictions} from './evictions.js';
import {goldenOrphans} from './golden.js';
import {namedBy} from './record.js';
import type {Held} from './store.js';
import {orAbort, settled, sizesIn} from './transaction.js';

/** `Store.sweep` on a database, with every entry that does not read. @param read `readAll`, of which this file needs no copy */
export async function sweepDatabase(
  db: Database,
  choose: (held: Held) => readonly Eviction[],
  read: typeof readAll,
): Promise<readonly Eviction[]> {
  const tx = db.transaction(storeNames, 'readwrite');
  const [catalog, chunks, sizes, settings] = [
    tx.objectStore('catalog'),
    tx.objectStore('chunks'),
    tx.objectStore('sizes'),
    tx.objectStore('settings'),
  ];
  const done: Promise<unknown>[] = [];
  const records = await read(catalog, junk => done.push(catalog.delete(junk)));
  const stored = await sizesIn(sizes);
  const evictions = orAbort(tx, () => choose({records, sizes: stored}));
  const gone = new Set(evictions.map(({digest}) => digest));
  for (const digest of gone) done.push(catalog.delete(digest));
  const kept = records.filter(({digest}) => !gone.has(digest));
  for (const sha256 of orphans(stored.keys(), kept.flatMap(namedBy)))
    done.push(chunks.delete(sha256), sizes.delete(sha256));
  const digests = new Set(kept.map(({digest}) => digest));
  for (const key of goldenOrphans(await settings.getAllKeys(), digests)) done.push(settings.delete(key));
  if (evictions.length > 0) {
    done.push(settings.put(withEvictions(await settings.get(evictionsKey), evictions), evictionsKey));
  }
  await settled(done, tx.done);
  return evictions;
}
