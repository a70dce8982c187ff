import {type DType, dtypes, type Manifest, type TensorSpec} from '@kedge/core';
import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {arrayOf} from './dtype.js';
import {areFine} from './fine.js';
import type {Tensor} from './runtime.js';
import {checkInputs, checkOutputs} from './values.js';

const floats = (data: Float32Array): Tensor => ({dtype: 'float32', shape: [data.length], data});
const spec = (more: Partial<TensorSpec> = {}): TensorSpec => ({name: 'y', dtype: 'float32', shape: ['n'], ...more});
const isFine = (data: Float32Array, more?: Partial<TensorSpec>) => areFine([spec(more)], {y: floats(data)}, true);

describe('float32', () => {
  test.each([0, 1, 2, 3, 8, 9])('%i of them are fine, and one that is no number is found wherever it is', length => {
    const data = Float32Array.from({length}, (_, i) => i - 2);
    expect(isFine(data)).toBe(true);
    for (let i = 0; i < length; i++)
      for (const odd of [NaN, Infinity, -Infinity]) {
        const wrong = data.slice();
        wrong[i] = odd;
        expect([isFine(wrong), isFine(wrong, {nonFinite: true})]).toEqual([false, true]);
      }
  });

  test('infinities do not make up for each other, and the largest numbers are numbers', () => {
    expect(isFine(Float32Array.of(Infinity, -Infinity, Infinity, -Infinity))).toBe(false);
    const largest = new Float32Array(100_000).fill(3.4028234663852886e38);
    expect([isFine(largest), isFine(largest.map(value => -value))]).toEqual([true, true]);
  });
});

test('a range is looked at in outputs, and is the model’s business in inputs', () => {
  const y = floats(Float32Array.of(0, 2));
  const ranged = [spec({range: [0, 1]})];
  expect([areFine(ranged, {y}, true), areFine(ranged, {y})]).toEqual([false, true]);
});

test.each<[string, TensorSpec['shape'], boolean]>([
  ['a symbol of any size', ['n', 'm'], true],
  ['its own size', ['n', 3], true],
  ['another size', ['n', 4], false],
  ['another number of dimensions', ['n'], false],
  ['one more', ['n', 3, 1], false],
])('a shape with %s', (_, shape, fine) => {
  const y: Tensor = {dtype: 'int64', shape: [2, 3], data: new BigInt64Array(6)};
  expect(areFine([{name: 'y', dtype: 'int64', shape}], {y}, true)).toBe(fine);
});

test('scalars and tensors without rows are fine', () => {
  const scalar: Tensor = {dtype: 'float32', shape: [], data: Float32Array.of(1)};
  expect(areFine([spec({shape: []})], {y: scalar}, true)).toBe(true);
  const none: Tensor = {dtype: 'float32', shape: [0, 4], data: new Float32Array()};
  expect(areFine([spec({shape: ['n', 4]})], {y: none}, true)).toBe(true);
  expect(areFine([spec()], {}, true)).toBe(false);
});

/** Numbers of which some are odd in every dtype. */
const numbers = fc.array(
  fc.constantFrom(0, 1, 2, -1, 0.5, 1.0001, 255, 65504, NaN, Infinity, -Infinity, 0x7c00, 0xfe00),
  {
    maxLength: 5,
  },
);

function tensorOf(dtype: DType, values: readonly number[]): Tensor {
  const data = new (arrayOf(dtype))(values.length);
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  values.forEach((value, i) => (data[i] = isBig ? BigInt(Number.isFinite(value) ? Math.trunc(value) : 0) : value));
  return {dtype, shape: [values.length], data};
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

test('what is fine at a glance is fine when looked at closely, of every dtype; what is not declared is seen at a glance', () => {
  const range = fc.option(fc.constantFrom<[number, number]>([0, 1], [-1, 300], [2, 2]), {nil: undefined});
  fc.assert(
    fc.property(fc.constantFrom(...dtypes), numbers, range, fc.boolean(), (dtype, values, range, nonFinite) => {
      const y = tensorOf(dtype, values);
      const specs = [{name: 'y', dtype, shape: ['n'], ...(range && {range}), ...(nonFinite && {nonFinite})}];
      const manifest = {inputs: specs, outputs: specs} as unknown as Manifest;
      const closely = {
        inputs: passes(() => checkInputs(manifest, {y})),
        outputs: passes(() => checkOutputs(manifest, {y})),
      };
      if (areFine(specs, {y})) expect(closely.inputs).toBe(true);
      if (areFine(specs, {y}, true)) expect(closely.outputs).toBe(true);
      // Else each of its calls would wait for the closer look.
      const isPlain = !range && !nonFinite && dtype !== 'bool';
      if (isPlain) expect([areFine(specs, {y}), areFine(specs, {y}, true)]).toEqual([closely.inputs, closely.outputs]);
    }),
    {numRuns: 2000},
  );
});
