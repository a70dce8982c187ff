import type {Proportion} from './proportion.js';

/**
 * Sums over units of `trials` d and `successes` x. They merge by addition, so that any order and any number of collectors
 * give the same answer.
 */
export interface ClusterSums {
  /** Units with at least one trial. */
  units: number;
  trials: number;
  successes: number;
  /** Σ d² */
  trialsSquared: number;
  /** Σ x d */
  successesByTrials: number;
  /** Σ x² */
  successesSquared: number;
}

/** Sums of units given one by one. */
export function clusterSums(units: readonly Proportion[]): ClusterSums {
  const sums: ClusterSums = {
    units: 0,
    trials: 0,
    successes: 0,
    trialsSquared: 0,
    successesByTrials: 0,
    successesSquared: 0,
  };
  for (const {successes, trials} of units) {
    if (trials <= 0) continue;
    sums.units++;
    sums.trials += trials;
    sums.successes += successes;
    sums.trialsSquared += trials * trials;
    sums.successesByTrials += successes * trials;
    sums.successesSquared += successes * successes;
  }
  return sums;
}

/**
 * Variance of the rate `Σx / Σd` when trials of one unit resemble each other: the ratio estimator by linearisation
 * (Cochran, Sampling Techniques, §6.3; Deng et al., KDD 2018), `n / (n - 1) · Σ (x - R d)² / (Σ d)²`. NaN below two units.
 */
export function clusteredVariance(sums: ClusterSums): number {
  if (sums.units < 2) return NaN;
  const rate = sums.successes / sums.trials;
  const residuals = sums.successesSquared - 2 * rate * sums.successesByTrials + rate * rate * sums.trialsSquared;
  return ((sums.units / (sums.units - 1)) * Math.max(0, residuals)) / sums.trials ** 2;
}

/**
 * How many clustered trials are worth one independent trial (Kish's design effect), never below 1. With fewer than two
 * units, or when all trials agree, the spread between units cannot be estimated; then units count as if all of their
 * trials were the same: `Σ d² / Σ d`.
 */
export function designEffect(sums: ClusterSums): number {
  if (sums.trials <= 0) return 1;
  const rate = sums.successes / sums.trials;
  const binomial = (rate * (1 - rate)) / sums.trials;
  const variance = clusteredVariance(sums);
  if (Number.isNaN(variance) || binomial <= 0) return sums.trialsSquared / sums.trials;
  return Math.max(1, variance / binomial);
}

/** The proportion with as many independent trials as it is worth, for `wilsonInterval` and `newcombeInterval`. */
export function effectiveProportion({successes, trials}: Proportion, effect: number): Proportion {
  return {successes: successes / effect, trials: trials / effect};
}
