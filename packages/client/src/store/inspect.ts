import type {LostStorage} from './api.js';
import {evictionsKey, readEvictions, withEvictions} from './evictions.js';
import {lostOf, type Marked} from './lost.js';
import type {Store} from './store.js';

/**
 * What the browser took since the last visit, written into the log. What is lost is fetched again when it is asked for.
 *
 * @param marked what this device had, as it was noted outside of IndexedDB
 * @returns null when all is there
 */
export async function inspect(disk: Store, marked: readonly Marked[]): Promise<LostStorage | null> {
  const held = await disk.held();
  const log = readEvictions(await disk.getSetting(evictionsKey));
  const versions = lostOf(held, marked, log);
  if (versions.length === 0) return null;
  const at = Date.now();
  const evictions = versions.map(version => ({...version, at, reason: 'browser' as const}));
  await disk.changeSetting(evictionsKey, known => withEvictions(known, evictions)).catch(() => {});
  return {at, everything: held.records.length === 0, versions};
}
