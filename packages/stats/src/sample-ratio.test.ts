import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
  type ArmCount,
  homogeneity,
  sampleRatio,
  sampleRatioOverPeriods,
  sequentialRatio,
  sequentialRatioOverPeriods,
} from './index.js';

// Reference values: scipy 1.10.1 (stats.chisquare, chi2_contingency without correction, special.gammaln).

const arms = (counts: readonly number[], weights: readonly number[]): ArmCount[] =>
  counts.map((count, i) => ({count, weight: weights[i]!}));

const anyArms = fc.array(fc.record({count: fc.nat(100_000), weight: fc.integer({min: 0, max: 10_000})}), {
  maxLength: 6,
});

describe('sampleRatio', () => {
  it.each([
    [[5000, 5000], [1, 1], 0.0, 1, 1.0],
    [[5200, 4800], [5000, 5000], 16.0, 1, 6.334248366623988e-5],
    [[9300, 170, 90, 95, 110], [9500, 200, 100, 100, 100], 5.56889535667125, 4, 0.23373957145247715],
    [[100, 7, 140], [1, 0, 1], 6.666666666666667, 1, 0.009823274507519235],
  ] as [number[], number[], number, number, number][])(
    'of %j for weights %j is χ² = %d, df = %d, p = %d',
    (counts, weights, statistic, degreesOfFreedom, pValue) => {
      const check = sampleRatio(arms(counts, weights));
      expect(check.testable).toBe(true);
      expect(check.degreesOfFreedom).toBe(degreesOfFreedom);
      expect(check.statistic).toBeCloseTo(statistic, 9);
      expect(check.pValue).toBeCloseTo(pValue, 12);
      expect(check.alarm).toBe(pValue < 0.001);
    },
  );

  it('waits until every arm should have five units', () => {
    expect(sampleRatio(arms([0, 9], [1, 1])).testable).toBe(false);
    expect(sampleRatio(arms([0, 10], [1, 1])).testable).toBe(true);
    expect(sampleRatio(arms([500], [1])).testable).toBe(false);
    expect(sampleRatio([])).toMatchObject({testable: false, alarm: false});
  });

  it('does not depend on the order of the arms', () => {
    fc.assert(
      fc.property(anyArms, list => {
        const [there, back] = [sampleRatio(list), sampleRatio([...list].reverse())];
        expect(back.testable).toBe(there.testable);
        if (there.testable) expect(Math.abs(back.statistic / (there.statistic || 1) - 1)).toBeLessThan(1.0000001);
        expect(back.alarm).toBe(there.alarm);
      }),
    );
  });
});

describe('sequentialRatio', () => {
  it.each([
    [[0, 0], [1, 1], 0.0],
    [[5000, 5000], [1, 1], -1.256471089048526],
    [[5200, 4800], [1, 1], 5.34638952368593],
    [[9300, 170, 90, 95, 110], [9500, 200, 100, 100, 100], -1.2283331509285724],
    [[60000, 40000], [1, 1], 2007.7672716637046],
  ] as [number[], number[], number][])('of %j for weights %j has ln e = %d', (counts, weights, logE) => {
    const check = sequentialRatio(arms(counts, weights));
    expect(check.logE).toBeCloseTo(logE, 6);
    expect(check.pValue).toBeCloseTo(Math.min(1, Math.exp(-logE)), 9);
    expect(check.alarm).toBe(logE >= Math.log(1000));
  });

  it('is an e-value: its mean under the right weights is one', () => {
    // Every outcome of 60 units at 20 : 80, so that the expectation is exact.
    let expectation = 0;
    let chance = 0.8 ** 60;
    for (let k = 0; k <= 60; k++) {
      expectation += chance * Math.exp(sequentialRatio(arms([k, 60 - k], [20, 80])).logE);
      chance *= ((60 - k) / (k + 1)) * (0.2 / 0.8);
    }
    expect(expectation).toBeCloseTo(1, 9);
  });

  it('does not depend on the order of the arms', () => {
    fc.assert(
      fc.property(anyArms, list => {
        expect(sequentialRatio([...list].reverse()).alarm).toBe(sequentialRatio(list).alarm);
      }),
    );
  });

  it('has nothing to say about one arm', () => {
    expect(sequentialRatio(arms([50, 3], [1, 0]))).toEqual({logE: 0, pValue: 1, alarm: false});
  });
});

describe('over periods of different weights', () => {
  // A ramp from 5 % to 50 %: pooled, it looks broken against either weight; period by period it is what was asked for.
  const ramp = [arms([950, 50], [95, 5]), arms([2000, 2000], [50, 50])];

  it('a ramp is no alarm, and pooled it would have been', () => {
    expect(sampleRatioOverPeriods(ramp)).toMatchObject({
      testable: true,
      alarm: false,
      statistic: 0,
      degreesOfFreedom: 2,
    });
    expect(sequentialRatioOverPeriods(ramp).alarm).toBe(false);
    expect(sampleRatio(arms([2950, 2050], [50, 50])).alarm).toBe(true);
  });

  it('evidence adds up', () => {
    const off = arms([560, 440], [50, 50]);
    expect(sampleRatioOverPeriods([off, off]).statistic).toBeCloseTo(2 * sampleRatio(off).statistic, 9);
    expect(sequentialRatioOverPeriods([off, off]).logE).toBeCloseTo(2 * sequentialRatio(off).logE, 9);
    expect(sampleRatioOverPeriods([off, arms([1, 0], [1, 1])])).toEqual(sampleRatio(off));
    expect(sampleRatioOverPeriods([]).testable).toBe(false);
  });
});

describe('homogeneity', () => {
  it.each([
    [
      [
        [40, 100],
        [60, 120],
      ],
      2.199999999999999,
      1,
      0.1380107375686555,
    ],
    [
      [
        [400, 1000],
        [300, 1000],
      ],
      21.978021978021978,
      1,
      2.757905777054695e-6,
    ],
    [
      [
        [10, 50],
        [20, 80],
        [35, 100],
      ],
      4.342657342657343,
      2,
      0.11402601312297718,
    ],
  ] as [[number, number][], number, number, number][])(
    'of %j is χ² = %d, df = %d, p = %d',
    (table, statistic, degreesOfFreedom, pValue) => {
      const check = homogeneity(table.map(([successes, trials]) => ({successes, trials})));
      expect(check.testable).toBe(true);
      expect(check.degreesOfFreedom).toBe(degreesOfFreedom);
      expect(check.statistic).toBeCloseTo(statistic, 9);
      expect(check.pValue).toBeCloseTo(pValue, 12);
    },
  );

  it('is not testable where nothing can differ or little is known', () => {
    const same = {successes: 100, trials: 100};
    expect(homogeneity([same, same]).testable).toBe(false);
    expect(
      homogeneity([
        {successes: 4, trials: 8},
        {successes: 50, trials: 100},
      ]).testable,
    ).toBe(false);
    expect(
      homogeneity([
        {successes: 50, trials: 100},
        {successes: 0, trials: 0},
      ]).testable,
    ).toBe(false);
    expect(homogeneity([]).testable).toBe(false);
  });
});
