import type {Source} from '@kedge/core';

/** Everything the collector can say, as plain JSON. Unknown numbers are `null`, never NaN. */
export interface Report {
  schema: 'kedge.report/1';
  /** ISO 8601. */
  generatedAt: string;
  experiments: ExperimentReport[];
  /** Units that are in no experiment, by model. */
  models: ModelReport[];
}

export interface ExperimentReport {
  project: string;
  key: string;
  phase: number;
  model: string;
  /** From the release; null when it is not known here. */
  status: 'draft' | 'running' | 'stopped' | null;
  /** Of all intervals, between 0 and 1: `1 - alpha` of the plan, or 0.95. */
  confidence: number;
  /** The champion's arm first. */
  arms: ArmReport[];
  /** Each other arm against the champion's. */
  comparisons: Comparison[];
  checks: Checks;
  /** Units that were seen in more than one arm. Above 0, assignment leaks. */
  multipleArms: number;
  /** What a reader must know before believing the numbers, in sentences. */
  notes: string[];
}

export interface ModelReport extends ArmStatistics {
  project: string;
  model: string;
}

export interface ArmReport extends ArmStatistics {
  arm: string;
  /** Whether the others are compared against this one. */
  champion: boolean;
  /** The version that this arm serves, from the release; null when it is not known here. */
  version: string | null;
  /** Its share of 10 000, from the release; null when it is not known here. */
  weight: number | null;
}

/** Counts and statistics of one arm, by assignment: what another version answered counts here too. */
export interface ArmStatistics {
  /** Units that reached each state. */
  units: {assigned: number; ready: number; served: number; labelled: number};
  predictions: number;
  labels: number;
  /** Labels that say right or wrong; `accuracy` is of these. */
  judged: number;
  correct: number;
  /** Null without judged labels. */
  accuracy: Accuracy | null;
  /** Error of labels that are values; null without any. */
  error: {n: number; mean: number; rootMeanSquare: number} | null;
  /** Null without predictions. */
  latency: LatencyReport | null;
  /** Most used first. */
  providers: ({provider: string} & LatencyReport)[];
  sources: Record<Source, number>;
  /** Predictions by the version that answered, most first. */
  versions: {version: string; predictions: number}[];
  /** Most frequent first. */
  failures: {code: string; stage: string; count: number}[];
  /** Judged classes, by index; most frequent first. */
  confusion: {predicted: number; truth: number; count: number}[];
  /** Beyond the classes that the confusion table has room for. */
  confusionOther: number;
  metrics: {name: string; n: number; mean: number; deviation: number | null}[];
  installs: {n: number; meanMs: number; downloadedBytes: number} | null;
  /** Events lost on devices, most first. */
  dropped: {reason: string; count: number}[];
  /** ISO 8601, by the devices' clocks. */
  firstAt: string | null;
  lastAt: string | null;
}

export interface Bounds {
  low: number;
  high: number;
}

/** Share of judged labels that are right. The bounds allow for clustering in units; `plain` (Wilson) does not. */
export interface Accuracy extends Bounds {
  rate: number;
  plain: Bounds;
  /** How many labels are worth one independent label; 1 when every unit has one. */
  designEffect: number;
}

/** Milliseconds; each quantile within 1 % of the true one. */
export interface LatencyReport {
  predictions: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** `difference` is accuracy of `arm` minus accuracy of `against`; the bounds allow for clustering in units. */
export interface Comparison extends Bounds {
  arm: string;
  against: string;
  difference: number | null;
  /** Newcombe's interval as if labels were independent. */
  plain: Bounds;
  verdict: Verdict;
}

/**
 * - `ratio_off`: units did not fall into arms as the weights say; nothing below can be believed until it is known why.
 * - `labels_uneven`: arms are labelled at different rates, which can make either look better.
 * - `too_few_labels`: wait.
 * - `better`, `worse`: the whole interval is above or below 0.
 * - `not_worse`: no difference shown, and a loss beyond the plan's margin is ruled out.
 * - `no_difference`: none shown; that is not the same as none.
 */
export type VerdictCode =
  'ratio_off' | 'labels_uneven' | 'too_few_labels' | 'better' | 'worse' | 'not_worse' | 'no_difference';

export interface Verdict {
  code: VerdictCode;
  /** The same in words. */
  text: string;
}

/** A check of whether arms got the units they should; `ok` also while there is too little to tell. */
export interface Check {
  state: 'ok' | 'alarm' | 'unknown';
  /** Null when not testable. */
  pValue: number | null;
  text: string;
}

export interface Checks {
  /** Assigned against the weights, one look. */
  assigned: Check;
  /** The same, valid however often one looks. */
  assignedSequential: Check;
  /** Ready of assigned, served of ready, labelled of served: the same in all arms? */
  ready: Check;
  served: Check;
  labelled: Check;
}
