import type {KedgeError} from '@kedge/core';
import type {Eviction} from './evictions.js';
import type {Named} from './freeing.js';
import type {Place} from './parts.js';
import type {CatalogRecord} from './record.js';

/** Where the bytes of chunks can be read, as `getChunks` gives it: what lies side by side is one part. */
export type Stored = readonly (Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | Place | undefined)[];

export interface StoredChunk {
  sha256: string;
  data: Uint8Array<ArrayBuffer>;
  /** The same as a disk takes it, where that was made already. */
  value?: Blob | ArrayBuffer;
}

/** All of the catalog, and every stored chunk with its length in bytes. */
export interface Held {
  records: readonly CatalogRecord[];
  sizes: ReadonlyMap<string, number>;
}

/** The record to write; undefined leaves what is there. */
export type Change = (record: CatalogRecord | undefined, digest: string) => CatalogRecord | undefined;

/** A change of the record under `digest`, asked for only where all of these chunks are stored. */
export interface RecordStep {
  digest: string;
  chunks: readonly string[];
  change: Change;
}

/**
 * Where verified chunks and the catalog live. One contract, run on every implementation: `contract.ts`. A catalog entry that
 * does not read (another schema, or edited by hand) is absent everywhere, and the next sweep takes it.
 *
 * Every write is one transaction, all or nothing. @throws KedgeError `storage_full`, `storage_unavailable`
 */
export interface Store {
  readonly kind: 'indexeddb' | 'file' | 'memory';
  /** Why it is not on a disk, where it should be. */
  readonly problem?: KedgeError | undefined;
  /** The digests that are stored, of those asked for. Reads no chunk's bytes. */
  hasChunks(digests: readonly string[]): Promise<Set<string>>;
  /**
   * Where their bytes can be read, one after the other: the same bytes in the same order, undefined in the place of a chunk that
   * is not stored. Of a `Blob` and a `Place` none are read yet.
   *
   * @param file digest of the file that they are
   */
  getChunks(digests: readonly string[], file?: string): Promise<Stored>;
  /** The bytes, or undefined when the chunk is not stored, or can't be read any more. */
  getChunk(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * All or none. Resolves when they are committed.
   *
   * @param step what they make true of a record: it never precedes them, and is one with them on a disk that has transactions
   * @returns whether it was written
   * @throws what its `change` throws; the record is as it was
   */
  putChunks(chunks: readonly StoredChunk[], step?: RecordStep): Promise<boolean>;
  /** Whoever names them; those that are not stored are passed over. */
  dropChunks(digests: readonly string[]): Promise<void>;
  getRecord(digest: string): Promise<CatalogRecord | undefined>;
  records(): Promise<CatalogRecord[]>;
  /** Reads and writes these records in one step. Durable (strict) when it resolves. What `change` throws is thrown, and nothing is written. */
  changeRecords(digests: readonly string[], change: Change): Promise<void>;
  /**
   * In one step: removes the versions that `choose` names and notes them in the log, then every chunk that no record names, and every
   * golden test that was passed by a version without a record.
   * `choose` is asked inside of the transaction, so that nothing it spares can have changed.
   *
   * @param spared stays though no record names it
   * @returns what was removed
   */
  sweep(choose: (held: Held) => readonly Eviction[], spared?: Named): Promise<readonly Eviction[]>;
  /** All of it, read in one step. Reads no chunk's bytes. */
  held(): Promise<Held>;
  getSetting(key: string): Promise<unknown>;
  /** @param keys one, or all that it is kept under, in one step */
  putSetting(keys: string | readonly string[], value: unknown): Promise<void>;
  /** Reads and writes a setting in one step. `change` is given undefined for one that is not there, and returns it to remove it. */
  changeSetting(key: string, change: (value: unknown) => unknown): Promise<void>;
  /** Puts what was read from many files together, so that it is read in less time. For idle time; no answer changes by it. */
  pack?(): Promise<void>;
  /** Removes everything. */
  clear(): Promise<void>;
  /** Safe to call twice. */
  close(): void;
}
