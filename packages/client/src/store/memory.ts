import type {KedgeError} from '@kedge/core';
import {type Eviction, evictionsKey, orphans, withEvictions} from './evictions.js';
import type {Named} from './freeing.js';
import {goldenOrphans} from './golden.js';
import {type CatalogRecord, namedBy} from './record.js';
import type {Change, Held, RecordStep, Store, StoredChunk} from './store.js';

/** The same contract without a disk: for browsers without IndexedDB, and for edge runtimes. Gone with its worker. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly #chunks = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #catalog = new Map<string, CatalogRecord>();
  readonly #settings = new Map<string, unknown>();
  readonly problem: KedgeError | undefined;

  /** @param problem why it takes the place of a disk */
  constructor(problem?: KedgeError) {
    this.problem = problem;
  }

  async hasChunks(digests: readonly string[]) {
    return new Set(digests.filter(digest => this.#chunks.has(digest)));
  }

  async getChunk(sha256: string) {
    return this.#chunks.get(sha256);
  }

  async getChunks(digests: readonly string[]): ReturnType<Store['getChunks']> {
    return Promise.all(digests.map(digest => this.getChunk(digest)));
  }

  async putChunks(chunks: readonly StoredChunk[], step?: RecordStep) {
    for (const {sha256, data} of chunks) this.#chunks.set(sha256, owned(data));
    const has = step && (await this.hasChunks(step.chunks));
    if (!step?.chunks.every(digest => has!.has(digest))) return false;
    let changed: CatalogRecord | undefined;
    await this.changeRecords([step.digest], (record, digest) => (changed = step.change(record, digest)));
    return !!changed;
  }

  async dropChunks(digests: readonly string[]) {
    for (const digest of digests) this.#chunks.delete(digest);
  }

  async getRecord(digest: string) {
    return structuredClone(this.#catalog.get(digest));
  }

  async records() {
    return structuredClone([...this.#catalog.values()]);
  }

  async changeRecords(digests: readonly string[], change: Change) {
    const changed = digests.map(digest => change(structuredClone(this.#catalog.get(digest)), digest));
    for (const record of changed) if (record) this.#catalog.set(record.digest, structuredClone(record));
  }

  async sweep(choose: (held: Held) => readonly Eviction[], spared: Named = []) {
    const evictions = choose(await MemoryStore.prototype.held.call(this));
    for (const {digest} of evictions) this.#catalog.delete(digest);
    for (const sha256 of orphans(this.#chunks.keys(), [...[...this.#catalog.values()].flatMap(namedBy), ...spared]))
      this.#chunks.delete(sha256);
    for (const key of goldenOrphans(this.#settings.keys(), new Set(this.#catalog.keys()))) this.#settings.delete(key);
    if (evictions.length > 0)
      this.#settings.set(evictionsKey, withEvictions(this.#settings.get(evictionsKey), evictions));
    return evictions;
  }

  async held(): Promise<Held> {
    const sizes = new Map([...this.#chunks].map(([sha256, {length}]) => [sha256, length]));
    return {records: await this.records(), sizes};
  }

  async getSetting(key: string) {
    return structuredClone(this.#settings.get(key));
  }

  async putSetting(keys: string | readonly string[], value: unknown) {
    for (const key of [keys].flat()) this.#settings.set(key, structuredClone(value));
  }

  async changeSetting(key: string, change: (value: unknown) => unknown) {
    const value = structuredClone(change(structuredClone(this.#settings.get(key))));
    if (value === undefined) this.#settings.delete(key);
    else this.#settings.set(key, value);
  }

  async clear() {
    for (const map of [this.#chunks, this.#catalog, this.#settings]) map.clear();
  }

  close() {}
}

/** Not a part of a buffer that others write to. */
function owned(data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return data.byteLength === data.buffer.byteLength ? data : data.slice();
}
