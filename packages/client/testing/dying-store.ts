import type {Change, Held, RecordStep, Store, StoredChunk} from '../src/store/store.js';
import type {Eviction} from '../src/store/evictions.js';
import type {Named} from '../src/store/freeing.js';

/** What the device does at the crash; no code of ours may take it for a problem of storage. */
export class Died extends Error {}

/**
 * A device that dies after so many writes. Every write of a store is one transaction, so between two of them is the only
 * place where a crash can leave anything; whether the last one is heard of before the crash makes the two forms of it.
 */
export class DyingStore implements Store {
  readonly #inner: Store;
  #left: number;
  readonly #heard: boolean;
  writes = 0;

  /** @param heard whether the last write that commits also returns */
  constructor(inner: Store, diesAfter = Infinity, heard = true) {
    this.#inner = inner;
    this.#left = diesAfter;
    this.#heard = heard;
  }

  get died() {
    return this.#left < 0;
  }

  get kind() {
    return this.#inner.kind;
  }

  async hasChunks(digests: readonly string[]) {
    return this.#read(() => this.#inner.hasChunks(digests));
  }

  async getChunks(digests: readonly string[]) {
    return this.#read(() => this.#inner.getChunks(digests));
  }

  async getChunk(sha256: string) {
    return this.#read(() => this.#inner.getChunk(sha256));
  }

  async putChunks(chunks: readonly StoredChunk[], step?: RecordStep) {
    return this.#write(() => this.#inner.putChunks(chunks, step));
  }

  async dropChunks(digests: readonly string[]) {
    return this.#write(() => this.#inner.dropChunks(digests));
  }

  async getRecord(digest: string) {
    return this.#read(() => this.#inner.getRecord(digest));
  }

  async records() {
    return this.#read(() => this.#inner.records());
  }

  async changeRecords(digests: readonly string[], change: Change) {
    return this.#write(() => this.#inner.changeRecords(digests, change));
  }

  async sweep(choose: (held: Held) => readonly Eviction[], spared?: Named) {
    return this.#write(() => this.#inner.sweep(choose, spared));
  }

  async held() {
    return this.#read(() => this.#inner.held());
  }

  async getSetting(key: string) {
    return this.#read(() => this.#inner.getSetting(key));
  }

  async putSetting(keys: string | readonly string[], value: unknown) {
    return this.#write(() => this.#inner.putSetting(keys, value));
  }

  async changeSetting(key: string, change: (value: unknown) => unknown) {
    return this.#write(() => this.#inner.changeSetting(key, change));
  }

  async clear() {
    return this.#write(() => this.#inner.clear());
  }

  close() {
    this.#inner.close();
  }

  #read<T>(work: () => Promise<T>): Promise<T> {
    if (this.#left < 0) throw new Died();
    return work();
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    if (this.#left <= 0) {
      this.#left = -1;
      throw new Died();
    }
    this.#left--;
    const done = await work();
    this.writes++;
    if (this.#left === 0 && !this.#heard) {
      this.#left = -1;
      throw new Died();
    }
    return done;
  }
}
