import {type Chunk, type ErrorCode, fnv1a, type Manifest} from '@kedge/core';

export const versionStates = ['downloading', 'verified', 'tested', 'active', 'retired', 'failed'] as const;

/** A version's life on this device (see `transition.ts`); `retired` stays installed as the one to go back to. */
export type VersionState = (typeof versionStates)[number];

export interface CatalogRecord {
  /** The manifest's address; the key. */
  digest: string;
  manifest: Manifest;
  state: VersionState;
  /** Why it failed; null in every other state. */
  code: ErrorCode | null;
  /** When the download began. */
  installedAt: number;
  /** When it came into its state, or stayed in it by a step. */
  changedAt: number;
  /** When its last chunk was stored, all of them verified. */
  verifiedAt: number | null;
  lastServedAt: number | null;
}

/** What a disk keeps of it: its manifest was read by the schema before, and need not be again while the check is right. */
export interface StoredRecord extends CatalogRecord {
  check: number;
}

/** Another form of records or manifests needs another name. */
const form = 'kedge.manifest/1';

const checkOf = (record: CatalogRecord) => fnv1a(form + JSON.stringify(record));

export function toStored(record: CatalogRecord): StoredRecord {
  return {...record, check: checkOf(record)};
}

/** A record as the disk gives it; undefined for one that another version of Kedge, or a hand, has written in another form. */
export function fromStored(value: unknown): CatalogRecord | undefined {
  const {check, ...record} = (value ?? {}) as StoredRecord;
  return check === checkOf(record) ? record : undefined;
}

/** Every chunk that a version needs to run. Its runtime files are not among them: an execution provider may need none. */
export function chunksOf(manifest: Manifest): Chunk[] {
  return manifest.artifacts.flatMap(artifact => artifact.chunks);
}

/** What says which chunks a record names. */
type Naming = Pick<CatalogRecord, 'manifest' | 'state' | 'code' | 'verifiedAt'>;

/**
 * Every chunk that must stay while this record does: its own, its runtime files', and its patches' until they are applied.
 * A version that never fitted leaves nothing on a disk that is full; one that was whole, and lacks a part, keeps the rest.
 */
export function namedBy({manifest, state, code, verifiedAt}: Naming): Chunk[] {
  if (code === 'storage_full' && verifiedAt === null) return [];
  const {runtime, patches = []} = manifest;
  const files = (runtime.files ?? []).flatMap(({chunks}) => chunks);
  const applied = state !== 'downloading' && state !== 'failed';
  return [...chunksOf(manifest), ...files, ...(applied ? [] : patches.flatMap(({chunks}) => chunks))];
}

/** What a version takes on the disk, in bytes, apart from chunks in `without`; content that it holds twice counts once. */
export function bytesOf(manifest: Manifest, without: ReadonlySet<string> = new Set()): number {
  return bytesIn(chunksOf(manifest), without);
}

/** The same of any chunks. */
export function bytesIn(chunks: readonly Chunk[], without: ReadonlySet<string>): number {
  const sizes = new Map(chunks.map(({sha256, bytes}) => [sha256, bytes]));
  return [...sizes].reduce((sum, [sha256, bytes]) => sum + (without.has(sha256) ? 0 : bytes), 0);
}
