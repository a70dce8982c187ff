import type {DType} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {checkBaseline} from './baseline.js';
import type {Meta} from './meta.js';

const check = (dtype: DType, values: number[]) =>
  checkBaseline({baseline: {y: values}} as unknown as Meta, [{name: 'y', dtype, shape: ['batch', values.length]}]);

describe('a baseline that its output can’t hold is refused', () => {
  test.each<[DType, number, RegExp]>([
    ['float16', 0.5, /^--meta: baseline\.y: the output is float16, for which only the app can answer: leave it out/],
    ['int64', 0.5, /expected int64, got 0\.5/],
    ['uint8', 256, /expected uint8, got 256/],
    ['uint64', -1, /expected uint64, got -1/],
    ['bool', 2, /expected bool, got 2/],
  ])('%s, %d', (dtype, value, message) => {
    expect(() => check(dtype, [value])).toThrow(message);
  });
});

test.each<[DType, number]>([
  ['float32', 0.1],
  ['float64', -1e300],
  ['int64', -3],
  ['uint8', 255],
  ['bool', 1],
])('%s may be %d', (dtype, value) => expect(check(dtype, [value, 0])).toBeUndefined());
