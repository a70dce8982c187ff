/**
 * Why a version went: the app's budget, the browser's quota, a newer version, a download that nobody went on with, the
 * operator, or the browser itself.
 */
export type EvictionReason = 'budget' | 'quota' | 'replaced' | 'given_up' | 'revoked' | 'browser';

export interface Eviction {
  model: string;
  version: string;
  digest: string;
  /** Bytes that were freed; chunks that another version names stay, and do not count. */
  bytes: number;
  /** Milliseconds since 1970. */
  at: number;
  reason: EvictionReason;
}

/** The setting under which the store keeps its log. */
export const evictionsKey = 'evictions';
const maxEvictions = 50;

/** The log as it was stored; what is none of ours reads as empty. */
export function readEvictions(value: unknown): Eviction[] {
  return Array.isArray(value) ? (value as Eviction[]) : [];
}

/** The newest last; the oldest are let go. */
export function withEvictions(log: unknown, evictions: readonly Eviction[]): Eviction[] {
  return [...readEvictions(log), ...evictions].slice(-maxEvictions);
}

/** Of `stored`, what none of these names: nobody needs it any more. */
export function orphans(stored: Iterable<string>, named: Iterable<{sha256: string}>): string[] {
  const kept = new Set<string>();
  for (const {sha256} of named) kept.add(sha256);
  return [...stored].filter(digest => !kept.has(digest));
}
