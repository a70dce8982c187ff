import {orphans} from './evictions.js';
import {namedBy} from './record.js';
import type {Held} from './store.js';

/** What any sweep frees, whatever else it removes. */
export function orphanBytes({records, sizes}: Held): number {
  return orphans(sizes.keys(), records.flatMap(namedBy)).reduce((sum, sha256) => sum + sizes.get(sha256)!, 0);
}
