import type {Source} from '@kedge/core';
import {type ClusterSums, clusterSums, type LatencyBins, LatencyHistogram} from '@kedge/stats';

/** Counts by name. Has no prototype: names come from outside, and `__proto__` is one. */
export type Counts<T = number> = Record<string, T>;

/** Count, sum and sum of squares. */
export interface Moments {
  n: number;
  sum: number;
  squares: number;
}

/**
 * What has been counted for one arm. All of it merges by addition, so order does not matter. Counts are by the assigned
 * arm, whatever answered in the end.
 */
export interface ArmSums {
  /** Units by the states that they have reached: index is `stateBits`. */
  unitsByState: number[];
  /** Units by the release under which they were first assigned: weights belong to a release. */
  assignedByRelease: Counts;
  /** Units that came into this arm after they had been seen in another one of the same question. */
  crossedUnits: number;
  predictions: number;
  labels: number;
  /** Labels that say right or wrong. */
  judged: number;
  correct: number;
  /** Judged labels by unit. */
  clusters: ClusterSums;
  sources: Record<Source, number>;
  /** Predictions by the version that answered; `baseline` for none. */
  versions: Counts;
  /** Latency of predictions, in milliseconds, by execution provider; `none` for a baseline. */
  latency: Counts<LatencyHistogram>;
  /** By `code@stage`. */
  failures: Counts;
  /** By `predicted,truth`. */
  confusion: Counts;
  /** Error of labels that are values. */
  errors: Moments;
  metrics: Counts<Moments>;
  /** Installations: time until ready in milliseconds, and bytes that it took. */
  installs: {ms: Moments; bytes: number};
  /** Events lost on devices, by reason. */
  dropped: Counts;
  /** Earliest and latest event, by the devices' clocks, in milliseconds since 1970. */
  firstAt: number | null;
  lastAt: number | null;
}

export const emptyMoments = (): Moments => ({n: 0, sum: 0, squares: 0});

const record = <T>(entries: Counts<T> = {}): Counts<T> => Object.assign(Object.create(null) as Counts<T>, entries);

export function emptyArm(): ArmSums {
  return {
    unitsByState: new Array<number>(16).fill(0),
    assignedByRelease: record(),
    crossedUnits: 0,
    predictions: 0,
    labels: 0,
    judged: 0,
    correct: 0,
    clusters: clusterSums([]),
    sources: {model: 0, previous: 0, baseline: 0},
    versions: record(),
    latency: record(),
    failures: record(),
    confusion: record(),
    errors: emptyMoments(),
    metrics: record(),
    installs: {ms: emptyMoments(), bytes: 0},
    dropped: record(),
    firstAt: null,
    lastAt: null,
  };
}

/** Sums that `JSON.stringify` wrote. Fields added since then start empty. */
export function parseArm(json: string): ArmSums {
  const stored = JSON.parse(json) as ArmSums & {latency: Counts<LatencyBins>};
  const latency = record<LatencyHistogram>();
  for (const [provider, bins] of Object.entries(stored.latency)) latency[provider] = LatencyHistogram.from(bins);
  return {
    ...emptyArm(),
    ...stored,
    latency,
    assignedByRelease: record(stored.assignedByRelease),
    versions: record(stored.versions),
    failures: record(stored.failures),
    confusion: record(stored.confusion),
    metrics: record(stored.metrics),
    dropped: record(stored.dropped),
  };
}
