/** Longest pause that a server can ask for: somebody is waiting. */
const maxRetryAfterMs = 30_000;
const firstPauseMs = 500;
const maxPauseMs = 15_000;

/** A `Retry-After` header (seconds, or an HTTP date) in milliseconds; 0 without one. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (!header) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Math.min(Math.max(ms || 0, 0), maxRetryAfterMs);
}

/** Full jitter: any time up to a limit that doubles, so that devices that failed together do not come back together. */
export function pauseMs(failures: number, random: () => number): number {
  return random() * Math.min(maxPauseMs, firstPauseMs * 2 ** (failures - 1));
}
