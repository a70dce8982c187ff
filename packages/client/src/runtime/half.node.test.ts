import {expect, test} from 'vitest';
import {halfToNumber, toHalf} from './half.js';

const all = Array.from({length: 2 ** 16}, (_, bits) => bits);

test.each([
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x0001, 2 ** -24],
  [0x0400, 2 ** -14],
  [0x7bff, 65_504],
  [0xfc00, -Infinity],
  [0x7e00, NaN],
])('%i is the number that IEEE 754 says', (bits, number) => expect(halfToNumber(bits)).toBe(number));

test('each finite one comes back as its bits', () => {
  const finite = all.filter(bits => Number.isFinite(halfToNumber(bits)));
  expect(finite).toHaveLength(2 * 0x7c00);
  expect(finite.filter(bits => toHalf(halfToNumber(bits)) !== bits)).toEqual([]);
});

test('what is too large is the largest, what is too small is zero, and digits beyond it are cut', () => {
  expect([1e9, -1e9, 1e-9, 0.1].map(toHalf)).toEqual([0x7bff, 0xfbff, 0, 0x2e66]);
});
