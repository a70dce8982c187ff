import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {cover, gaps, type Ranges} from './ranges.js';

const span = fc.tuple(fc.nat(200), fc.integer({min: 1, max: 30})).map(([start, n]) => [start, start + n] as const);

const numbersIn = (ranges: Ranges) =>
  new Set(ranges.flatMap(([start, end]) => Array.from({length: end - start}, (_, i) => start + i)));

describe('ranges', () => {
  it('find what is missing and cover it, like a set of numbers', () => {
    fc.assert(
      fc.property(fc.array(span, {maxLength: 40}), spans => {
        let ranges: Ranges = [];
        const seen = new Set<number>();
        for (const [start, end] of spans) {
          const expected = [...numbersIn([[start, end]])].filter(number => !seen.has(number));
          expect([...numbersIn(gaps(ranges, start, end))]).toEqual(expected);
          ranges = cover(ranges, start, end);
          for (const number of expected) seen.add(number);
          expect(numbersIn(ranges)).toEqual(new Set([...seen].sort((a, b) => a - b)));
        }
        expect(ranges.every(([start], i) => i === 0 || start > ranges[i - 1]![1])).toBe(true);
      }),
    );
  });

  it('stay few: the oldest gaps are closed', () => {
    let ranges: Ranges = [];
    for (let i = 0; i < 5000; i++) ranges = cover(ranges, i * 2, i * 2 + 1);
    expect(ranges.length).toBe(1024);
    expect(gaps(ranges, 0, 10)).toEqual([]);
    expect(gaps(ranges, 9996, 10_000)).toEqual([
      [9997, 9998],
      [9999, 10_000],
    ]);
  });
});
