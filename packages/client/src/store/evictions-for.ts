import {Freeing, pinsOf, servedAt} from '../storage.js';
import type {Eviction} from './evictions.js';
import type {Named} from './freeing.js';
import type {Situation} from './policy.js';
import type {CatalogRecord} from './record.js';
import type {Held} from './store.js';

/** Room that is to be made. */
export interface Need {
  bytes: number;
  /** Of the version that comes. */
  digest: string;
  model: string;
  /** What it needs, of which some may be stored: freeing that would only have it fetched again. */
  spared: Named;
  reason: 'budget' | 'quota';
}

/**
 * What goes to make room: failed versions, then what is not pinned, served longest ago first; among the latter what a full
 * disk kept from being mended. The way back of the model that is being installed goes last of all: once the new version
 * serves, the one that serves now is the way back. What shares all that it holds with the version that comes, or with
 * another that stays, makes no room and stays too.
 *
 * @returns nothing when all of it would not be enough
 */
export function evictionsFor(held: Held, situation: Situation, need: Need): Eviction[] {
  const freeing = new Freeing(held, situation.at, need.spared);
  for (const record of candidates(held, situation, need)) {
    if (freeing.freedBytes >= need.bytes) break;
    freeing.remove(record, need.reason);
  }
  return freeing.freedBytes >= need.bytes ? freeing.useful : [];
}

/** What goes first comes first. */
function candidates(held: Held, situation: Situation, {digest, model}: Need): CatalogRecord[] {
  const pins = pinsOf(held, situation);
  const serves = held.records.some(({state, manifest}) => state === 'active' && manifest.model === model);
  const rank = (record: CatalogRecord) => {
    if (record.digest === digest) return undefined;
    const pin = pins.get(record.digest);
    if (!pin) return record.state === 'failed' && record.code !== 'storage_full' ? 0 : 1;
    return pin === 'previous' && record.manifest.model === model && serves ? 2 : undefined;
  };
  const ranked = held.records.flatMap(record => {
    const order = rank(record);
    return order === undefined ? [] : [{record, order}];
  });
  ranked.sort((a, b) => a.order - b.order || servedAt(a.record) - servedAt(b.record));
  return ranked.map(({record}) => record);
}
