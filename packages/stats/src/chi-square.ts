import {gammaQ} from './incomplete-gamma.js';

/**
 * Survival function of the chi-square distribution: the chance of a statistic at least this large when nothing is wrong.
 * NaN unless `degreesOfFreedom > 0` and `statistic >= 0`.
 */
export function chiSquareSf(statistic: number, degreesOfFreedom: number): number {
  return gammaQ(degreesOfFreedom / 2, statistic / 2);
}
