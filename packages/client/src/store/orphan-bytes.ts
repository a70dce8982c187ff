import {orphans} from './evictions.js';
import type {Named} from './freeing.js';
import {namedBy} from './record.js';
import type {Held} from './store.js';

/** What any sweep frees, whatever else it removes. */
export function orphanBytes({records, sizes}: Held, spared: Named): number {
  const free = orphans(sizes.keys(), [...records.flatMap(namedBy), ...spared]);
  return free.reduce((sum, sha256) => sum + sizes.get(sha256)!, 0);
}
