import type {DType, TensorSpec} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {arrayOf, numberAt} from './dtype.js';
import {isFixed, probes} from './probes.js';
import type {Tensor} from './runtime.js';

const count = 32;
const all = Array.from({length: count}, (_, i) => i);

function tensor(dtype: DType, values: readonly (number | bigint)[]): Tensor {
  const data = new (arrayOf(dtype))(values.length);
  values.forEach((value, i) => (data[i] = value as never));
  return {dtype, shape: [1, values.length], data};
}

/** All rows that are made of these, as numbers. */
function rowsOf(dtype: DType, golden: readonly (readonly (number | bigint)[])[], more: Partial<TensorSpec> = {}) {
  const spec: TensorSpec = {name: 'x', dtype, shape: ['batch', golden[0]!.length], ...more};
  const row = probes(
    golden.map(values => ({x: tensor(dtype, values)})),
    [spec],
  );
  return all.map(i => {
    const {x} = row(i);
    expect(x).toMatchObject({dtype, shape: [1, golden[0]!.length]});
    return Array.from({length: x!.data.length}, (_, at) => numberAt(x!, at));
  });
}

const differ = (rows: readonly number[][]) => new Set(rows.map(row => row.join())).size;
const spreadOf = (rows: readonly number[][], of: (row: number[]) => number) => new Set(rows.map(of)).size;

describe('rows to try batches with', () => {
  test('begin with the golden ones', () => {
    expect(rowsOf('float32', [[1, 2, 3]])[0]).toEqual([1, 2, 3]);
  });

  test('of floats have ranges and sums of their own: one is far larger than the others, one is zero, one is constant', () => {
    const rows = rowsOf('float32', [[1, 2, 3, 4.5]]);
    expect(differ(rows)).toBeGreaterThan(25);
    expect(spreadOf(rows.slice(0, 8), row => Math.max(...row))).toBeGreaterThan(5);
    expect(spreadOf(rows.slice(0, 8), row => Math.min(...row))).toBeGreaterThan(5);
    expect(spreadOf(rows.slice(0, 8), row => row.reduce((a, b) => a + b))).toBeGreaterThan(5);
    expect(Math.max(...rows[4]!)).toBe(4608);
    expect(rows[3]).toEqual([0, 0, 0, 0]);
    expect(rows[2]).toEqual([4.5, 4.5, 4.5, 4.5]);
  });

  test.each<[DType, number]>([
    ['float32', 0],
    ['float64', 0],
    ['float16', 0],
  ])('of %s differ, where the golden row is nothing but zeros', (dtype, zero) => {
    expect(differ(rowsOf(dtype, [[zero, zero]]))).toBeGreaterThan(1);
  });

  test('keep within a declared range, and reach both ends of it', () => {
    const rows = rowsOf('float32', [[0, 0.5, 0.75]], {range: [0, 1]}).flat();
    expect([Math.min(...rows), Math.max(...rows)]).toEqual([0, 1]);
    const above = rowsOf('uint8', [[100, 30, 200]], {range: [16, 235]}).flat();
    expect([Math.min(...above), Math.max(...above)]).toEqual([16, 235]);
  });

  test.each<[DType, (number | bigint)[][]]>([
    [
      'int64',
      [
        [101n, 2003n, 7n],
        [101n, 9n, 102n],
      ],
    ],
    [
      'int32',
      [
        [101, 2003, 7],
        [101, 9, 102],
      ],
    ],
  ])('of %s, which may be indices, hold nothing below or above the golden ones', (dtype, golden) => {
    const rows = rowsOf(dtype, golden);
    expect([Math.min(...rows.flat()), Math.max(...rows.flat())]).toEqual([7, 2003]);
    expect(rows.flat().every(Number.isInteger)).toBe(true);
    expect(differ(rows)).toBeGreaterThan(10);
  });

  test('of bool hold 0 and 1', () => {
    expect([...new Set(rowsOf('bool', [[0, 1, 1]]).flat())].sort()).toEqual([0, 1]);
  });

  test('of float16 are scaled to the bit, up to the largest and down to zero', () => {
    const [one, third, large, least] = [0x3c00, 0x3555, 0x7800, 0x0001];
    const rows = rowsOf('float16', [[one, third, large, least]]);
    expect(rows[1]).toEqual(
      rows[0]!
        .slice()
        .map((_, i, row) => row[(i + 7) % 4]!)
        .map(value => (value < 1e-6 ? 0 : value / 16)),
    );
    expect(Math.max(...rows[4]!)).toBe(65504);
    expect([rows[5], rows[6]]).toEqual([expect.arrayContaining([-2]), expect.arrayContaining([-1024])]);
  });
});

describe('an input that nothing can be tried with', () => {
  const fixed = (dtype: DType, values: readonly (number | bigint)[], more: Partial<TensorSpec> = {}) =>
    isFixed({name: 'x', dtype, shape: ['batch', values.length], ...more}, [{x: tensor(dtype, values)}]);

  test('holds one and the same integer in all golden examples, and has no range', () => {
    expect(fixed('int64', [1n, 1n])).toBe(true);
    expect(fixed('bool', [1, 1])).toBe(true);
    expect(fixed('int64', [1n, 0n])).toBe(false);
    expect(fixed('int64', [1n, 1n], {range: [0, 1]})).toBe(false);
    expect(fixed('float32', [1, 1])).toBe(false);
  });
});
