import {type Database, storeNames} from './connection.js';
import {removePacks} from './pack-file.js';
import {layouts} from './parts.js';
import {settled} from './transaction.js';

/** Whoever reads a file of theirs next asks for each of its chunks. */
export async function removeChunks(db: Database, digests: readonly string[]): Promise<void> {
  const tx = db.transaction(['chunks', 'sizes', 'settings'], 'readwrite');
  const drops = digests.flatMap(digest => [
    tx.objectStore('chunks').delete(digest),
    tx.objectStore('sizes').delete(digest),
  ]);
  await settled([tx.objectStore('settings').delete(layouts()), ...drops], tx.done);
}

export async function clearDatabase(db: Database): Promise<void> {
  const tx = db.transaction(storeNames, 'readwrite');
  await settled(
    storeNames.map(name => tx.objectStore(name).clear()),
    tx.done,
  );
  await removePacks(db.name).catch(() => {});
}
