import {normalQuantile} from './normal.js';

/** Successes out of trials. Both may be fractions of a whole: an effective sample size is one. */
export interface Proportion {
  successes: number;
  trials: number;
}

export interface Interval {
  low: number;
  high: number;
}

/** Two-sided critical value: 1.96 for a confidence of 0.95. */
const critical = (confidence: number) => -normalQuantile((1 - confidence) / 2);

/**
 * Wilson's score interval of a proportion (Wilson 1927), within [0, 1]. It keeps its coverage for few trials and for
 * rates near 0 and 1, where the textbook interval fails. Without trials nothing is known: [0, 1].
 *
 * @param confidence between 0 and 1
 */
export function wilsonInterval({successes, trials}: Proportion, confidence = 0.95): Interval {
  if (!(trials > 0)) return {low: 0, high: 1};
  const rate = successes / trials;
  const square = critical(confidence) ** 2;
  const centre = (rate + square / (2 * trials)) / (1 + square / trials);
  const half = Math.sqrt(square * ((rate * (1 - rate)) / trials + square / (4 * trials ** 2))) / (1 + square / trials);
  // At 0 and at 1 the bound is exact; rounding would miss it by 1e-17.
  const low = successes <= 0 ? 0 : Math.max(0, centre - half);
  return {low, high: successes >= trials ? 1 : Math.min(1, centre + half)};
}

/** A difference of two rates, `to - from`, with its interval. */
export interface Difference extends Interval {
  difference: number;
}

/**
 * Newcombe's hybrid score interval for `to - from` of two independent proportions (Newcombe 1998, method 10): the Wilson
 * bounds of each, joined. An arm without trials leaves the difference NaN, and the interval as wide as it can be.
 *
 * @param confidence between 0 and 1
 */
export function newcombeInterval(from: Proportion, to: Proportion, confidence = 0.95): Difference {
  const [a, b] = [wilsonInterval(from, confidence), wilsonInterval(to, confidence)];
  if (!(from.trials > 0 && to.trials > 0)) return {difference: NaN, low: b.low - a.high, high: b.high - a.low};
  const [pa, pb] = [from.successes / from.trials, to.successes / to.trials];
  const difference = pb - pa;
  return {
    difference,
    low: difference - Math.hypot(pb - b.low, a.high - pa),
    high: difference + Math.hypot(b.high - pb, pa - a.low),
  };
}
