import type {ErrorCode, KedgeError} from '@kedge/core';
import type {Eviction} from './evictions.js';
import type {Pin} from './policy.js';
import type {VersionState} from './record.js';

export interface StoredVersion {
  model: string;
  version: string;
  /** Which form of the version; null for the full one. */
  variant: string | null;
  /** The manifest's address. */
  digest: string;
  state: VersionState;
  /** Why it failed; null in every other state. */
  code: ErrorCode | null;
  bytes: number;
  /** When its download began; milliseconds since 1970, like the others. */
  installedAt: number;
  /** When its last chunk was stored, all of them verified; null before. */
  verifiedAt: number | null;
  lastServedAt: number | null;
  /** Why it is not removed to make room for others; null when it may be. */
  pinned: Pin | null;
}

/** What the browser removed, as seen at the start of this client. */
export interface LostStorage {
  at: number;
  /** Nothing of what was stored is left. */
  everything: boolean;
  versions: readonly {model: string; version: string; digest: string; bytes: number}[];
}

/** What `on('storage')` tells. */
export type StorageChange =
  | {kind: 'evicted'; evictions: readonly Eviction[]}
  /** A version did not fit; a smaller variant of it is installed instead. */
  | {kind: 'variant'; model: string; version: string; variant: string; problem: KedgeError}
  /** It is kept in memory, and fetched again at the next visit. */
  | {kind: 'memory'; model: string; version: string; problem: KedgeError}
  /** The browser has removed what was stored; it is fetched again when it is asked for. */
  | {kind: 'lost'; lost: LostStorage};

export interface StorageReport {
  /** `memory` when IndexedDB is missing or refuses, and while a version that did not fit runs from memory. */
  kind: 'indexeddb' | 'file' | 'memory';
  /** Whether the browser has promised not to evict it (see `persist`). */
  persisted: boolean;
  /** Of everything that this site stores, as the browser estimates it; null where it does not say. */
  usageBytes: number | null;
  quotaBytes: number | null;
  /** The `storageBudgetBytes` option; null without one. */
  budgetBytes: number | null;
  /** Of models. Chunks shared by versions count once. */
  bytes: number;
  versions: readonly StoredVersion[];
  /** What was removed and why: at most 50, the newest last. */
  evictions: readonly Eviction[];
  /** Null when the browser has removed nothing since the last visit. */
  lost: LostStorage | null;
}
