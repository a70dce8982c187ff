import type {Manifest} from '@kedge/core';

/** A version's life on this device; `retired` stays installed as the one to go back to. */
export type VersionState = 'downloading' | 'verified' | 'tested' | 'active' | 'retired';

export interface CatalogRecord {
  /** The manifest's address; the key. */
  digest: string;
  manifest: Manifest;
  state: VersionState;
  installedAt: number;
  lastServedAt: number | null;
}

export interface StoredChunk {
  sha256: string;
  data: Uint8Array<ArrayBuffer>;
}

/** Where verified chunks and the catalog live. One contract, run on every implementation: `contract.ts`. */
export interface Store {
  readonly kind: 'indexeddb' | 'memory';
  /** The digests that are stored, of those asked for. Reads no chunk's bytes. */
  hasChunks(digests: readonly string[]): Promise<Set<string>>;
  /** The bytes, or undefined when the chunk is not stored. */
  getChunk(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** All or none. Resolves when they are committed. @throws KedgeError `storage_full`, `storage_unavailable` */
  putChunks(chunks: readonly StoredChunk[]): Promise<void>;
  getRecord(digest: string): Promise<CatalogRecord | undefined>;
  records(): Promise<CatalogRecord[]>;
  /** Durable (strict) when it resolves: a record that says `verified` must never precede its chunks. */
  putRecord(record: CatalogRecord): Promise<void>;
  /** Removes records, then every chunk that no record names, in one transaction. No-op for unknown digests. */
  removeRecords(digests: readonly string[]): Promise<void>;
  /** Sum of the stored chunks' bytes. */
  chunkBytes(): Promise<number>;
  getSetting(key: string): Promise<unknown>;
  putSetting(key: string, value: unknown): Promise<void>;
  /** Removes everything. */
  clear(): Promise<void>;
  /** Safe to call twice. */
  close(): void;
}

/** Every chunk that a version needs. */
export function chunksOf(manifest: Manifest): {sha256: string; bytes: number}[] {
  return manifest.artifacts.flatMap(artifact => artifact.chunks);
}
