import {type CatalogRecord, chunksOf, type Store, type StoredChunk} from './store.js';

/** The same contract without a disk: for browsers without IndexedDB, and for edge runtimes. Gone with its worker. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly #chunks = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #catalog = new Map<string, CatalogRecord>();
  readonly #settings = new Map<string, unknown>();

  async hasChunks(digests: readonly string[]) {
    return new Set(digests.filter(digest => this.#chunks.has(digest)));
  }

  async getChunk(sha256: string) {
    return this.#chunks.get(sha256);
  }

  async putChunks(chunks: readonly StoredChunk[]) {
    for (const {sha256, data} of chunks) this.#chunks.set(sha256, data);
  }

  async getRecord(digest: string) {
    return structuredClone(this.#catalog.get(digest));
  }

  async records() {
    return structuredClone([...this.#catalog.values()]);
  }

  async putRecord(record: CatalogRecord) {
    this.#catalog.set(record.digest, structuredClone(record));
  }

  async removeRecords(digests: readonly string[]) {
    for (const digest of digests) this.#catalog.delete(digest);
    const named = new Set(
      [...this.#catalog.values()].flatMap(({manifest}) => chunksOf(manifest).map(({sha256}) => sha256)),
    );
    for (const sha256 of this.#chunks.keys()) if (!named.has(sha256)) this.#chunks.delete(sha256);
  }

  async chunkBytes() {
    return [...this.#chunks.values()].reduce((sum, {length}) => sum + length, 0);
  }

  async getSetting(key: string) {
    return structuredClone(this.#settings.get(key));
  }

  async putSetting(key: string, value: unknown) {
    this.#settings.set(key, structuredClone(value));
  }

  async clear() {
    for (const map of [this.#chunks, this.#catalog, this.#settings]) map.clear();
  }

  close() {}
}
