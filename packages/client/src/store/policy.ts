import type {Eviction} from './evictions.js';
import {Freeing} from './freeing.js';
import {type CatalogRecord, chunksOf, type VersionState} from './record.js';
import type {Held} from './store.js';

/** Why a version may not be removed to make room. */
export type Pin =
  /** It serves. */
  | 'active'
  /** A rollback of its model, or the end of an experiment, goes to it, and needs no download. */
  | 'previous'
  /** A page has it loaded. */
  | 'session'
  /** It is on its way onto this device. */
  | 'downloading';

/** A download that nobody went on with for so long is taken for given up, and so is what was installed and never served. */
const givenUpMs = 7 * 86_400_000;
/** A model that has not served for so long may make room, all of it. */
const unusedMs = 90 * 86_400_000;
/** Bounds what a start has to read. */
const maxVersions = 256;

/** What the policy knows besides the catalog. */
export interface Situation {
  /** Milliseconds since 1970. */
  at: number;
  /** Versions that pages of this site have loaded. */
  sessions: ReadonlySet<string>;
  /** Versions that the release goes back to, of each model the likelier one first. */
  named: readonly string[];
}

const onItsWay: readonly VersionState[] = ['downloading', 'verified', 'tested'];

export function isWhole({state, manifest}: CatalogRecord, sizes: Held['sizes']): boolean {
  return state !== 'downloading' && state !== 'failed' && chunksOf(manifest).every(({sha256}) => sizes.has(sha256));
}

/** Served last comes last; what never served counts from when it came. */
export const servedAt = ({lastServedAt, changedAt}: CatalogRecord) => lastServedAt ?? changedAt;

/** What the release names comes first, then what served last. */
export const preferred = (named: readonly string[]) => (a: CatalogRecord, b: CatalogRecord) =>
  rankIn(named, a) - rankIn(named, b) || (b.lastServedAt ?? 0) - (a.lastServedAt ?? 0);

const rankIn = (named: readonly string[], {digest}: CatalogRecord) => named.indexOf(digest) + 1 || named.length + 1;

/** Of each model, the whole version that is to serve when what serves may not any more. */
function waysBack({records, sizes}: Held, named: readonly string[]): Map<string, CatalogRecord> {
  const found = new Map<string, CatalogRecord>();
  for (const record of records.filter(({state}) => state === 'retired').sort(preferred(named)))
    if (!found.has(record.manifest.model) && isWhole(record, sizes)) found.set(record.manifest.model, record);
  return found;
}

/** Both ways: a clock that was set back must not keep for ever what nobody goes on with. */
const within = (ms: number, one: number, other: number) => Math.abs(one - other) < ms;
const isFresh = ({changedAt}: CatalogRecord, at: number) => within(givenUpMs, at, changedAt);

/** A way back may have served long ago; what counts is whether it is still a way back of something. */
function modelsInUse({records}: Held, at: number): Set<string> {
  const used = records.filter(({lastServedAt}) => lastServedAt !== null && within(unusedMs, at, lastServedAt));
  return new Set(used.map(({manifest}) => manifest.model));
}

/** By digest. */
export function pinsOf(held: Held, {at, sessions, named}: Situation): Map<string, Pin> {
  const back = waysBack(held, named);
  const inUse = modelsInUse(held, at);
  const pins = new Map<string, Pin>();
  for (const record of held.records) {
    const {digest, state, manifest} = record;
    const used = inUse.has(manifest.model);
    if (state === 'active' && used) pins.set(digest, 'active');
    else if (sessions.has(digest)) pins.set(digest, 'session');
    else if (back.get(manifest.model) === record && used) pins.set(digest, 'previous');
    else if (onItsWay.includes(state) && isFresh(record, at)) pins.set(digest, 'downloading');
  }
  return pins;
}

/** What goes without any need: versions that a newer one replaced, what is given up, and more than a catalog should hold. */
export function leftovers(held: Held, situation: Situation): Eviction[] {
  const pins = pinsOf(held, situation);
  const freeing = new Freeing(held, situation.at);
  const free = held.records.filter(({digest}) => !pins.has(digest));
  free.sort((a, b) => servedAt(a) - servedAt(b));
  let excess = held.records.length - maxVersions;
  for (const record of free) {
    if (record.state === 'active') continue;
    if (record.state === 'retired') freeing.remove(record, 'replaced');
    else if (record.state !== 'failed' || !isFresh(record, situation.at)) freeing.remove(record, 'given_up');
    else if (excess > 0) freeing.remove(record, 'budget');
    else continue;
    excess--;
  }
  return freeing.evictions;
}

/** Versions that may never serve again; one that is being fetched at this moment is left to its installer. */
export function revocations(held: Held, at: number, isRevoked: (record: CatalogRecord) => boolean): Eviction[] {
  const freeing = new Freeing(held, at);
  for (const record of held.records)
    if (record.state !== 'downloading' && isRevoked(record)) freeing.remove(record, 'revoked');
  return freeing.evictions;
}
