import type {ExecutionProvider} from '../runtime/runtime.js';

export interface ChoiceOptions {
  /** For timing all execution providers of a version, in milliseconds, in idle time once it serves; 0: the first one that is right stays. @default 1500 */
  budgetMs?: number;
  /** Where what serves takes no longer than this for a warm run, no other provider is fetched or tried, in milliseconds. @default 4 */
  fastEnoughMs?: number;
}

export interface ExplainOptions {
  /**
   * Tests and times every execution provider that can run here before the answer, also where what serves is fast enough or
   * was timed before. May fetch another build of the runtime, and keeps the cores busy; predictions are answered meanwhile,
   * and the fastest that is right takes over.
   *
   * @default false
   */
  measure?: boolean;
  /** For starting, testing and timing all of them, in milliseconds; what is fetched for it does not count. One that is not done by then is not timed. @default 60_000 */
  budgetMs?: number;
  /** Told of each when its turn comes; what serves is the first. */
  onProvider?(provider: ExecutionProvider): void;
  /** Ends the measuring at once; what serves goes on, and nothing is kept of it. */
  signal?: AbortSignal;
}
