import type {ExecutionProvider} from '../runtime/runtime.js';

/** What was measured of a version on this device, and what came of it. */
export interface Choice {
  provider: ExecutionProvider;
  /** The GPU that it holds for; empty without one. */
  gpu: string;
  /** Milliseconds since 1970. */
  at: number;
  /** As they were stored, for `readCandidates`. */
  candidates: unknown;
}
