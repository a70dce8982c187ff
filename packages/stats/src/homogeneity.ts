import {judge, minExpected, type RatioCheck} from './sample-ratio.js';
import type {Proportion} from './proportion.js';

/**
 * Whether arms have the same rate (ready of assigned, served of ready, labelled of served): Pearson's chi-square over the
 * 2 × k table, k − 1 degrees of freedom, arms without trials left out. Not `testable` with fewer than two arms, an
 * expected cell below 5, or a rate of 0 or 1 everywhere, which cannot differ.
 */
export function homogeneity(arms: readonly Proportion[]): RatioCheck {
  const live = arms.filter(({trials}) => trials > 0);
  const trials = live.reduce((sum, arm) => sum + arm.trials, 0);
  const rate = live.reduce((sum, arm) => sum + arm.successes, 0) / trials;
  const smallest = Math.min(...live.map(arm => arm.trials * Math.min(rate, 1 - rate)));
  if (live.length < 2 || !(smallest >= minExpected))
    return {statistic: NaN, degreesOfFreedom: 0, pValue: NaN, testable: false, alarm: false};
  // Both cells of an arm deviate by the same amount, so that their two terms join into one.
  const statistic = live.reduce(
    (sum, arm) => sum + (arm.successes - arm.trials * rate) ** 2 / (arm.trials * rate * (1 - rate)),
    0,
  );
  return judge(statistic, live.length - 1);
}
