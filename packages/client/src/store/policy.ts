import {type CatalogRecord, chunksOf, namedBy, type VersionState} from './record.js';
import type {Eviction, EvictionReason} from './evictions.js';
import type {Held} from './store.js';

/** Why a version may not be removed to make room. */
export type Pin =
  /** It serves. */
  | 'active'
  /** A rollback of its model goes to it, and needs no download. */
  | 'previous'
  /** A page has it loaded. */
  | 'session'
  /** It is on its way onto this device. */
  | 'downloading';

/** A download that nobody went on with for so long is taken for given up, and so is what was installed and never served. */
const givenUpMs = 7 * 86_400_000;
/** A version that has not served for so long may make room, also where its model has no other. */
const unusedMs = 90 * 86_400_000;
/** Bounds what a start has to read. */
const maxVersions = 256;

/** What the policy knows besides the catalog. */
export interface Situation {
  /** Milliseconds since 1970. */
  at: number;
  /** Versions that pages of this site have loaded. */
  sessions: ReadonlySet<string>;
}

const onItsWay: readonly VersionState[] = ['downloading', 'verified', 'tested'];

export function isWhole({state, manifest}: CatalogRecord, sizes: Held['sizes']): boolean {
  return state !== 'downloading' && state !== 'failed' && chunksOf(manifest).every(({sha256}) => sizes.has(sha256));
}

/** Served last comes last; what never served counts from when it came. */
const servedAt = ({lastServedAt, changedAt}: CatalogRecord) => lastServedAt ?? changedAt;

/** Of each model, the whole version that served last apart from those that serve. */
function waysBack({records, sizes}: Held): Map<string, CatalogRecord> {
  const found = new Map<string, CatalogRecord>();
  for (const record of records) {
    const best = found.get(record.manifest.model);
    if (record.state !== 'retired' || (best && servedAt(best) >= servedAt(record))) continue;
    if (isWhole(record, sizes)) found.set(record.manifest.model, record);
  }
  return found;
}

/** Both ways: a clock that was set back must not keep for ever what nobody goes on with. */
const within = (ms: number, one: number, other: number) => Math.abs(one - other) < ms;
const isFresh = ({changedAt}: CatalogRecord, at: number) => within(givenUpMs, at, changedAt);

/** By digest. */
export function pinsOf(held: Held, {at, sessions}: Situation): Map<string, Pin> {
  const back = waysBack(held);
  const pins = new Map<string, Pin>();
  for (const record of held.records) {
    const {digest, state, manifest} = record;
    const used = within(unusedMs, at, servedAt(record));
    if (state === 'active' && used) pins.set(digest, 'active');
    else if (sessions.has(digest)) pins.set(digest, 'session');
    else if (back.get(manifest.model) === record && used) pins.set(digest, 'previous');
    else if (onItsWay.includes(state) && isFresh(record, at)) pins.set(digest, 'downloading');
  }
  return pins;
}

/** Frees chunks version by version; a chunk is free when nobody names it any more. */
class Freeing {
  readonly #names = new Map<string, number>();
  readonly #held: Held;
  readonly #at: number;
  readonly evictions: Eviction[] = [];
  freedBytes = 0;

  constructor(held: Held, at: number) {
    this.#held = held;
    this.#at = at;
    for (const record of held.records)
      for (const sha256 of distinct(record)) this.#names.set(sha256, (this.#names.get(sha256) ?? 0) + 1);
  }

  remove(record: CatalogRecord, reason: EvictionReason): void {
    let bytes = 0;
    for (const sha256 of distinct(record)) {
      const left = this.#names.get(sha256)! - 1;
      this.#names.set(sha256, left);
      if (left === 0) bytes += this.#held.sizes.get(sha256) ?? 0;
    }
    this.freedBytes += bytes;
    const {digest, manifest} = record;
    this.evictions.push({model: manifest.model, version: manifest.version, digest, bytes, at: this.#at, reason});
  }
}

const distinct = (record: CatalogRecord) => new Set(namedBy(record).map(({sha256}) => sha256));

/**
 * What goes to make room for `needBytes`: failed versions, then what is not pinned, served longest ago first; among the latter
 * what a full disk kept from being mended. The way back of the model that is being installed goes last of all: once the new
 * version serves, the one that serves now is the way back.
 *
 * @returns nothing when all of it would not be enough
 */
export function evictionsFor(
  held: Held,
  situation: Situation,
  need: {bytes: number; digest: string; model: string; reason: 'budget' | 'quota'},
): Eviction[] {
  const pins = pinsOf(held, situation);
  const rank = (record: CatalogRecord) => {
    if (record.digest === need.digest) return undefined;
    const pin = pins.get(record.digest);
    if (!pin) return record.state === 'failed' && record.code !== 'storage_full' ? 0 : 1;
    const serves = held.records.some(({state, manifest}) => state === 'active' && manifest.model === need.model);
    return pin === 'previous' && record.manifest.model === need.model && serves ? 2 : undefined;
  };
  const candidates = held.records.flatMap(record => {
    const order = rank(record);
    return order === undefined ? [] : [{record, order}];
  });
  candidates.sort((a, b) => a.order - b.order || servedAt(a.record) - servedAt(b.record));
  const freeing = new Freeing(held, situation.at);
  for (const {record} of candidates) {
    if (freeing.freedBytes >= need.bytes) break;
    freeing.remove(record, need.reason);
  }
  return freeing.freedBytes >= need.bytes ? freeing.evictions : [];
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
