import {chiSquareSf} from './chi-square.js';
import {logGamma} from './log-gamma.js';

/** How many units an arm has, and the share that it should have (any scale; shares are relative to their sum). */
export interface ArmCount {
  count: number;
  weight: number;
}

/** Below this, a sample ratio is called off (Fabijan et al., KDD 2019). */
export const sampleRatioAlpha = 0.001;

/** A smaller expected count makes the chi-square approximation unsafe. */
export const minExpected = 5;

export interface RatioCheck {
  /** Chi-square statistic; NaN when not `testable`. */
  statistic: number;
  degreesOfFreedom: number;
  /** NaN when not `testable`. */
  pValue: number;
  /** Whether there are two arms to compare, and enough units for the approximation. */
  testable: boolean;
  /** `pValue < 0.001`. */
  alarm: boolean;
}

const untestable: RatioCheck = {statistic: NaN, degreesOfFreedom: 0, pValue: NaN, testable: false, alarm: false};

export function judge(statistic: number, degreesOfFreedom: number): RatioCheck {
  const pValue = chiSquareSf(statistic, degreesOfFreedom);
  return {statistic, degreesOfFreedom, pValue, testable: true, alarm: pValue < sampleRatioAlpha};
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/**
 * Whether units fell into arms as their weights say: Pearson's chi-square over the arms of weight above 0, with one degree
 * of freedom less than there are such arms. For one look; use `sequentialRatio` while watching.
 */
export function sampleRatio(arms: readonly ArmCount[]): RatioCheck {
  const live = arms.filter(({weight}) => weight > 0);
  const units = sum(live.map(({count}) => count));
  const weights = sum(live.map(({weight}) => weight));
  const expected = live.map(({weight}) => (units * weight) / weights);
  if (live.length < 2 || expected.some(value => value < minExpected)) return untestable;
  const statistic = sum(live.map(({count}, i) => (count - expected[i]!) ** 2 / expected[i]!));
  return judge(statistic, live.length - 1);
}

export interface SequentialRatio {
  /** Natural logarithm of the e-value: evidence against the weights. */
  logE: number;
  /** `min(1, 1 / e)`. Valid at every look, and over all of them. */
  pValue: number;
  /** `pValue <= 0.001`. */
  alarm: boolean;
}

/** Concentrations of the prior that are averaged: small ones find gross errors early, large ones small errors late. */
const concentrations = [10, 100, 1_000, 10_000] as const;

function logEvidence(arms: readonly ArmCount[], concentration: number): number {
  const weights = sum(arms.map(({weight}) => weight));
  const units = sum(arms.map(({count}) => count));
  const terms = arms.map(({count, weight}) => {
    const share = weight / weights;
    const prior = concentration * share;
    return logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  });
  return logGamma(concentration) - logGamma(concentration + units) + sum(terms);
}

/**
 * The sample-ratio check that may be looked at as often as one likes: a Dirichlet-multinomial e-value (Lindon and Malek,
 * NeurIPS 2022, arXiv 2011.03567), averaged over four concentrations, since a mean of e-values is one. Arms of weight 0
 * are left out. The weights must have been constant while the units came.
 */
export function sequentialRatio(arms: readonly ArmCount[]): SequentialRatio {
  const live = arms.filter(({weight}) => weight > 0);
  if (live.length < 2) return {logE: 0, pValue: 1, alarm: false};
  const logs = concentrations.map(concentration => logEvidence(live, concentration));
  const highest = Math.max(...logs);
  const logE = highest + Math.log(sum(logs.map(value => Math.exp(value - highest))) / logs.length);
  return alarmOf(logE);
}

function alarmOf(logE: number): SequentialRatio {
  const pValue = Math.min(1, Math.exp(-logE));
  return {logE, pValue, alarm: pValue <= sampleRatioAlpha};
}

/**
 * The one-look check when weights changed on the way: each period of constant weights is checked on its own counts, and
 * the statistics of those that are testable are added, as are their degrees of freedom.
 */
export function sampleRatioOverPeriods(periods: readonly (readonly ArmCount[])[]): RatioCheck {
  const checks = periods.map(sampleRatio).filter(({testable}) => testable);
  if (checks.length === 0) return untestable;
  return judge(sum(checks.map(({statistic}) => statistic)), sum(checks.map(({degreesOfFreedom}) => degreesOfFreedom)));
}

/** The check for every look when weights changed on the way: a product of e-values of disjoint periods is one. */
export function sequentialRatioOverPeriods(periods: readonly (readonly ArmCount[])[]): SequentialRatio {
  return alarmOf(sum(periods.map(arms => sequentialRatio(arms).logE)));
}
