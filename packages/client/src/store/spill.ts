import type {Eviction} from './evictions.js';
import type {Named} from './freeing.js';
import {MemoryStore} from './memory.js';
import type {CatalogRecord} from './record.js';
import type {Change, Held, Store} from './store.js';

/**
 * Reads what the disk has, writes to memory only: how a model runs when the quota is spent. What is on disk stays as it is. A
 * disk that can't be read any more has nothing.
 */
export class SpillStore extends MemoryStore {
  readonly #disk: Store;

  constructor(disk: Store) {
    super();
    this.#disk = disk;
  }

  override async hasChunks(digests: readonly string[]) {
    const [memory, disk] = await Promise.all([super.hasChunks(digests), this.#disk.hasChunks(digests).catch(() => [])]);
    return new Set([...memory, ...disk]);
  }

  override async getChunks(digests: readonly string[], file?: string): ReturnType<Store['getChunks']> {
    const memory = await Promise.all(digests.map(digest => super.getChunk(digest)));
    const onDisk = (asked: readonly string[], file?: string) =>
      this.#disk.getChunks(asked, file).catch(() => [undefined]);
    if (memory.every(data => data === undefined)) return onDisk(digests, file);
    return Promise.all(memory.map(async (data, i) => data ?? (await onDisk([digests[i]!]))[0]));
  }

  override async getChunk(sha256: string) {
    return (await super.getChunk(sha256)) ?? this.#disk.getChunk(sha256).catch(() => undefined);
  }

  override async dropChunks(digests: readonly string[]) {
    await super.dropChunks(digests);
    await this.#disk.dropChunks(digests);
  }

  override async getRecord(digest: string) {
    return (await super.getRecord(digest)) ?? this.#disk.getRecord(digest).catch(() => undefined);
  }

  override async records() {
    const memory = await super.records();
    const disk = await this.#disk.records().catch(() => []);
    return [...memory, ...disk.filter(({digest}) => !memory.some(record => record.digest === digest))];
  }

  override async changeRecords(digests: readonly string[], change: Change) {
    const known = new Map<string, CatalogRecord | undefined>();
    for (const digest of digests) known.set(digest, await this.getRecord(digest));
    await super.changeRecords(digests, (_, digest) => change(known.get(digest), digest));
  }

  override async held(): Promise<Held> {
    const nothing: Held = {records: [], sizes: new Map()};
    const [memory, disk] = await Promise.all([super.held(), this.#disk.held().catch(() => nothing)]);
    return {records: await this.records(), sizes: new Map([...disk.sizes, ...memory.sizes])};
  }

  override async getSetting(key: string) {
    return (await super.getSetting(key)) ?? this.#disk.getSetting(key).catch(() => undefined);
  }

  override async sweep(choose: (held: Held) => readonly Eviction[], spared?: Named) {
    const memory = await super.sweep(choose, spared);
    const disk = await this.#disk.sweep(choose, spared);
    return [...memory, ...disk.filter(({digest}) => !memory.some(eviction => eviction.digest === digest))];
  }

  override async clear() {
    await super.clear();
    await this.#disk.clear();
  }

  override close() {
    this.#disk.close();
  }
}
