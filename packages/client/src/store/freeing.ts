import type {Eviction, EvictionReason} from './evictions.js';
import {type CatalogRecord, namedBy} from './record.js';
import type {Held} from './store.js';

/** What is named, by address. */
export type Named = Iterable<{sha256: string}>;

/** Frees chunks version by version; a chunk is free when nobody names it any more. */
export class Freeing {
  readonly #names = new Map<string, number>();
  readonly #held: Held;
  readonly #at: number;
  readonly #gone: [CatalogRecord, Eviction][] = [];
  freedBytes = 0;

  /** @param spared is kept for what comes, as if it were in the catalog already */
  constructor(held: Held, at: number, spared: Named = []) {
    this.#held = held;
    this.#at = at;
    for (const all of [...held.records.map(namedBy), spared])
      for (const sha256 of distinct(all)) this.#names.set(sha256, (this.#names.get(sha256) ?? 0) + 1);
  }

  get evictions(): Eviction[] {
    return this.#gone.map(([, eviction]) => eviction);
  }

  /** Without the versions that go in vain: all of what they hold is kept for another one. */
  get useful(): Eviction[] {
    const isFree = ({sha256}: {sha256: string}) => this.#names.get(sha256) === 0 && this.#held.sizes.has(sha256);
    return this.#gone.flatMap(([record, eviction]) => (namedBy(record).some(isFree) ? [eviction] : []));
  }

  remove(record: CatalogRecord, reason: EvictionReason): void {
    let bytes = 0;
    for (const sha256 of distinct(namedBy(record))) {
      const left = this.#names.get(sha256)! - 1;
      this.#names.set(sha256, left);
      if (left === 0) bytes += this.#held.sizes.get(sha256) ?? 0;
    }
    this.freedBytes += bytes;
    const {digest, manifest} = record;
    const {model, version} = manifest;
    this.#gone.push([record, {model, version, digest, bytes, at: this.#at, reason}]);
  }
}

const distinct = (named: Named) => new Set(Array.from(named, ({sha256}) => sha256));
