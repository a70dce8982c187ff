import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {logGamma, newcombeInterval, wilsonInterval} from './index.js';

// Reference values: statsmodels 0.13.5 (proportion_confint 'wilson', confint_proportions_2indep 'newcomb').

const probability = fc.double({min: 0, max: 1, noNaN: true});

/** Chance of `k` successes for every `k`, so that coverage is computed and not simulated. */
function binomial(n: number, p: number): number[] {
  const ways = (k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  return Array.from({length: n + 1}, (_, k) => Math.exp(ways(k) + k * Math.log(p) + (n - k) * Math.log1p(-p)));
}

describe('wilsonInterval', () => {
  it.each([
    [0, 10, 0.95, 0.0, 0.2775327998628892],
    [10, 10, 0.95, 0.7224672001371107, 0.9999999999999999],
    [1, 10, 0.95, 0.017876213095072896, 0.4041500267952385],
    [81, 263, 0.95, 0.2552885198782742, 0.36620957698280004],
    [9300, 10000, 0.99, 0.9231387327352013, 0.9362910444940235],
    [1, 100000, 0.9, 2.2309253687879852e-6, 4.4823236101380635e-5],
  ])('of %d out of %d at %d is [%d, %d]', (successes, trials, confidence, low, high) => {
    const interval = wilsonInterval({successes, trials}, confidence);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('covers the true rate about as often as it says, over all outcomes', () => {
    for (const n of [20, 100, 400]) {
      const rates = Array.from({length: 99}, (_, i) => (i + 1) / 100);
      const coverages = rates.map(p =>
        binomial(n, p).reduce((sum, chance, successes) => {
          const {low, high} = wilsonInterval({successes, trials: n});
          return low <= p && p <= high ? sum + chance : sum;
        }, 0),
      );
      expect(coverages.reduce((sum, value) => sum + value, 0) / coverages.length).toBeGreaterThan(0.945);
      expect(Math.min(...coverages)).toBeGreaterThan(0.83);
    }
  });

  it('holds its estimate and stays within [0, 1]', () => {
    fc.assert(
      fc.property(fc.double({min: 1e-6, max: 1e9, noNaN: true}), probability, (trials, rate) => {
        const {low, high} = wilsonInterval({successes: rate * trials, trials});
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(rate + 1e-12);
        expect(high).toBeGreaterThanOrEqual(rate - 1e-12);
      }),
    );
  });

  it('knows nothing without trials', () => {
    expect(wilsonInterval({successes: 0, trials: 0})).toEqual({low: 0, high: 1});
  });
});

describe('newcombeInterval', () => {
  it.each([
    [56, 70, 48, 80, 0.95, -0.333872654036906, -0.05243147240236498],
    [9, 10, 3, 10, 0.95, -0.8090179735354881, -0.17052272393450302],
    [0, 10, 10, 10, 0.95, 0.6075093504305242, 1.0],
    [920, 1000, 985, 1000, 0.99, 0.04130030181356153, 0.09097772797706863],
    [5, 56, 0, 29, 0.95, -0.19256001385511162, 0.03813714790353688],
  ])('from %d/%d to %d/%d at %d is [%d, %d]', (x1, n1, x2, n2, confidence, low, high) => {
    const interval = newcombeInterval({successes: x1, trials: n1}, {successes: x2, trials: n2}, confidence);
    expect(interval.difference).toBeCloseTo(x2 / n2 - x1 / n1, 14);
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  it('is mirrored when the arms are swapped', () => {
    const arm = fc.tuple(fc.integer({min: 1, max: 5000}), probability).map(([trials, rate]) => ({
      trials,
      successes: Math.round(trials * rate),
    }));
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const [there, back] = [newcombeInterval(a, b), newcombeInterval(b, a)];
        expect(there.low).toBeCloseTo(-back.high, 12);
        expect(there.high).toBeCloseTo(-back.low, 12);
        expect(there.low).toBeLessThanOrEqual(there.difference);
        expect(there.high).toBeGreaterThanOrEqual(there.difference);
      }),
    );
  });

  it('covers the true difference in a 1 % arm', () => {
    const [p, q, n, m] = [0.9, 0.86, 600, 60];
    const [a, b] = [binomial(n, p), binomial(m, q)];
    let coverage = 0;
    for (let x = 480; x <= n; x++)
      for (let y = 0; y <= m; y++) {
        const {low, high} = newcombeInterval({successes: x, trials: n}, {successes: y, trials: m});
        if (low <= q - p && q - p <= high) coverage += a[x]! * b[y]!;
      }
    expect(coverage).toBeGreaterThan(0.94);
  });

  it('is as wide as can be while an arm is empty', () => {
    const none = {successes: 0, trials: 0};
    expect(newcombeInterval(none, none)).toEqual({difference: NaN, low: -1, high: 1});
  });
});
