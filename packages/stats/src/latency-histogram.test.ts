import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {type LatencyBins, LatencyHistogram} from './index.js';

const latencies = fc.array(fc.double({min: 0.001, max: 1e7, noNaN: true}), {minLength: 1, maxLength: 300});

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

describe('LatencyHistogram', () => {
  it('answers every quantile within its relative error', () => {
    fc.assert(
      fc.property(latencies, fc.double({min: 0, max: 1, noNaN: true}), (values, q) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.floor(q * (sorted.length - 1))]!;
        const got = histogramOf(values).quantile(q);
        expect(Math.abs(got - exact) / exact).toBeLessThanOrEqual(LatencyHistogram.relativeError + 1e-9);
      }),
    );
  });

  it('merges in any order to the same histogram as adding all', () => {
    fc.assert(
      fc.property(latencies, latencies, latencies, (a, b, c) => {
        const left = histogramOf(a).merge(histogramOf(b)).merge(histogramOf(c));
        const right = histogramOf(a).merge(histogramOf(c).merge(histogramOf(b)));
        expect(left.toJSON()).toEqual(right.toJSON());
        expect(left.toJSON()).toEqual(histogramOf([...c, ...a, ...b]).toJSON());
      }),
    );
  });

  it('survives JSON', () => {
    const histogram = histogramOf([0.4, 3, 3, 250]);
    const copy = LatencyHistogram.from(JSON.parse(JSON.stringify(histogram)) as LatencyBins);
    expect(copy.toJSON()).toEqual(histogram.toJSON());
    expect(copy.count).toBe(4);
  });

  it('keeps its bins: a stored histogram must go on meaning the same', () => {
    expect(histogramOf([0, 0.001, 1, 1.02, 10, 1000, 1e12]).toJSON()).toEqual([
      [-348, 2],
      [0, 1],
      [1, 1],
      [117, 1],
      [349, 1],
      [931, 1],
    ]);
  });

  it('has no quantile when empty, and ignores what is not a number', () => {
    expect(histogramOf([NaN]).quantile(0.5)).toBeNaN();
    expect(histogramOf([NaN]).count).toBe(0);
  });
});
