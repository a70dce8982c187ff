import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {clusterSums, clusteredVariance, designEffect, effectiveProportion} from './index.js';

const units = (
  [
    [1, 2],
    [3, 3],
    [0, 1],
    [4, 7],
    [2, 2],
    [5, 9],
    [0, 4],
    [6, 6],
  ] as const
).map(([successes, trials]) => ({successes, trials}));

describe('clusteredVariance', () => {
  it('is the cluster-robust variance of a mean (statsmodels 0.13.5, OLS, cluster, times n / (n - 1))', () => {
    expect(Math.sqrt(clusteredVariance(clusterSums(units)))).toBeCloseTo(0.11815481715545935, 12);
  });

  it('is the sample variance of a proportion when every unit has one trial', () => {
    const single = [1, 1, 0, 1, 0].map(successes => ({successes, trials: 1}));
    expect(clusteredVariance(clusterSums(single))).toBeCloseTo((0.6 * 0.4) / 4, 14);
  });

  it('is unknown for one unit', () => {
    expect(clusteredVariance(clusterSums([{successes: 3, trials: 4}]))).toBeNaN();
  });
});

describe('designEffect', () => {
  it('is the size of the clusters when trials of a unit all agree', () => {
    const agreeing = Array.from({length: 400}, (_, i) => ({successes: i % 2 === 0 ? 10 : 0, trials: 10}));
    expect(designEffect(clusterSums(agreeing))).toBeCloseTo(10 * (400 / 399), 10);
  });

  it('is one when trials do not cluster', () => {
    const even = Array.from({length: 50}, () => ({successes: 5, trials: 10}));
    expect(designEffect(clusterSums(even))).toBe(1);
  });

  it('takes a unit as one trial while the spread between units cannot be known', () => {
    expect(
      designEffect(
        clusterSums([
          {successes: 40, trials: 40},
          {successes: 40, trials: 40},
        ]),
      ),
    ).toBe(40);
    expect(designEffect(clusterSums([{successes: 30, trials: 40}]))).toBe(40);
    expect(designEffect(clusterSums([]))).toBe(1);
  });

  it('leaves the rate as it is', () => {
    expect(effectiveProportion({successes: 30, trials: 40}, 4)).toEqual({successes: 7.5, trials: 10});
  });

  it('does not depend on the order of units', () => {
    const unit = fc.nat(30).chain(trials => fc.record({trials: fc.constant(trials), successes: fc.nat(trials)}));
    fc.assert(
      fc.property(fc.array(unit), list => {
        expect(designEffect(clusterSums([...list].reverse()))).toBe(designEffect(clusterSums(list)));
      }),
    );
  });
});
