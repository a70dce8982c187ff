import {describe, expect, it} from 'vitest';
import {formatBytes, formatCount, formatMs, formatShare} from './format.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [31_705, '32 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [14_200_000, '14.2 MB'],
    [250_000_000, '250 MB'],
  ])('writes %i bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

it('keeps a decimal only where it can be felt', () => {
  expect(formatMs(0.84)).toBe('0.8 ms');
  expect(formatMs(54.2)).toBe('54 ms');
  expect(formatShare(0.9736)).toBe('97.4 %');
});

it('sets thousands apart', () => {
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1\u00a0000', '1\u00a0234\u00a0567']);
});
