import type {ErrorCode} from './errors.js';

/** Where a prediction's answer came from. */
export type Source = 'model' | 'previous' | 'baseline';

/**
 * The lineage that events share. `arm` is the assigned one even when `previous` or `baseline` answered, so that an arm
 * which fails is judged with its failures.
 */
export interface Context {
  /** Salted hash of the unit's id. */
  unit: string;
  model: string;
  /** Null when the unit is in no experiment on this model. */
  experiment: string | null;
  phase: number;
  arm: string | null;
  /** The version that answered; null when the baseline did. */
  version: string | null;
  /** Its manifest's address. */
  digest: string | null;
  source: Source;
  /** Execution provider, e.g. `wasm`. */
  provider: string | null;
  /** The release's version. */
  release: number;
}

/** The part of a prediction in which something failed. */
export const stages = [
  'release',
  'download',
  'integrity',
  'storage',
  'runtime',
  'golden',
  'predict',
  'output',
  'worker',
] as const;
export type Stage = (typeof stages)[number];

/** One fact. `at` is the device's clock in milliseconds since the epoch. */
export type KedgeEvent =
  | {kind: 'assigned'; at: number; context: Context}
  | {kind: 'ready'; at: number; context: Context; durationMs: number; downloadedBytes: number}
  | {kind: 'prediction'; at: number; context: Context; latencyMs: number; predicted: number | null}
  | {
      kind: 'label';
      at: number;
      context: Context;
      correct: boolean | null;
      predicted: number | null;
      truth: number | null;
      error: number | null;
    }
  | {kind: 'failure'; at: number; context: Context; code: ErrorCode; stage: Stage}
  | {kind: 'metric'; at: number; context: Context; name: string; value: number}
  | {kind: 'dropped'; at: number; context: Context; reason: string; count: number};

export type EventKind = KedgeEvent['kind'];
