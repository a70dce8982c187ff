import type {Manifest} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {rowsOf} from './rows.js';
import type {Tensors} from './runtime/runtime.js';

const x = {name: 'x', dtype: 'float32' as const, shape: ['batch', 4]};

const manifest = (task: string, shape: (string | number)[]) =>
  ({task, inputs: [x], outputs: [{name: 'y', dtype: 'float32', shape}]}) as unknown as Manifest;

const y = (shape: number[], ...values: number[]): Tensors => ({
  y: {dtype: 'float32', shape, data: Float32Array.from(values)},
});

describe('what is told of a prediction', () => {
  test('is one entry for each row of a batch', () => {
    const rows = rowsOf(manifest('classification', ['batch', 2]), y([2, 2], 0, 1, 3, 2));
    expect(rows).toEqual([
      {predicted: 1, value: null},
      {predicted: 0, value: null},
    ]);
  });

  const found = manifest('detection', ['found', 1]);

  test('is one where the first dimension counts what was found, however much', () => {
    expect(rowsOf(found, y([3, 1], 1, 2, 3))).toEqual([{predicted: null, value: null}]);
  });

  test.each(['detection', 'classification'])('is one where nothing was found (%s)', task => {
    expect(rowsOf(manifest(task, ['found', 2]), y([0, 2]))).toEqual([{predicted: null, value: null}]);
    expect(rowsOf(manifest(task, ['batch', 2]), y([0, 2]))).toEqual([{predicted: null, value: null}]);
  });
});
