import {realm} from '../realm.js';

/** What a browser needs beside the bytes themselves: its own files, and estimates that lag behind. */
export const overhead = 1.1;

/** Undefined where the browser does not say. */
export async function estimate(): Promise<StorageEstimate | undefined> {
  try {
    return await realm.storage?.estimate?.();
  } catch {
    return undefined;
  }
}

/** Undefined for an estimate that can't be true: some browsers pad, round or leave out. */
export function freeBytes({quota = NaN, usage = NaN}: StorageEstimate = {}): number | undefined {
  return quota > 0 && usage >= 0 && Number.isFinite(quota) && usage <= quota ? quota - usage : undefined;
}
