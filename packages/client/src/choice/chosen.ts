import type {ExecutionProvider} from '../runtime/runtime.js';

/** What was measured of a version on this device, and what came of it. */
export interface Choice {
  provider: ExecutionProvider;
  /** The GPU that it holds for, as `gpuOf` says it; empty without one. */
  gpu: string;
  /** Milliseconds since 1970. */
  at: number;
  /** As they were stored, for `readCandidates`. */
  candidates: unknown;
  /** In how many visits something was left open, as by a trial that failed in passing. Undefined where all was found out. */
  tries?: number | undefined;
  /** Nothing was chosen: every provider gave wrong golden outputs, the first one these. */
  wrong?: string;
}
