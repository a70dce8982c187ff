import {expect, it} from 'vitest';
import {readTestDigits} from './test-digits.js';

it('reads pixels and label of each digit', () => {
  const bytes = new Uint8Array(2 * 785);
  bytes.set([7, 255], 783);
  bytes[784] = 3;
  bytes[785] = 9;
  bytes[1569] = 8;
  const digits = readTestDigits(bytes);
  expect(digits.map(({label}) => label)).toEqual([3, 8]);
  expect([digits[0]!.pixels[783], digits[1]!.pixels[0], digits[1]!.pixels.length]).toEqual([7, 9, 784]);
});

it.each([0, 784, 786])('refuses a file of %i bytes', length => {
  expect(() => readTestDigits(new Uint8Array(length))).toThrow(/damaged: \d+ bytes/);
});
