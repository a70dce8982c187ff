import type {DType, TensorSpec} from '@kedge/core';
import {arrayOf} from '../../src/runtime/dtype.js';
import type {Tensor} from '../../src/runtime/runtime.js';

export const spec = (name: string, dtype: DType, ...shape: (number | string)[]): TensorSpec => ({name, dtype, shape});

/** Of so many numbers as its shape says, each by its place. */
export function tensor(dtype: DType, shape: readonly number[], value: (i: number) => number | bigint): Tensor {
  const data = new (arrayOf(dtype))(shape.reduce((size, each) => size * each, 1));
  for (let i = 0; i < data.length; i++) data[i] = value(i);
  return {dtype, shape, data};
}

/** The least and the greatest of a dtype, or what another one would round; of float16 the bits. */
const extremes: Record<DType, readonly [number | bigint, number | bigint]> = {
  float32: [0.1, -3.402_823_466_385_288_6e38],
  float16: [0x3c01, 0xfbff],
  float64: [0.1, -Number.MAX_VALUE],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  bool: [0, 1],
};

/** Rows of both extremes of a dtype. @param as how they are held. @default the dtype itself */
export const extremeRows = (dtype: DType, rows: number, as = dtype): Tensor =>
  tensor(as, [rows, 2], i => extremes[dtype][i % 2]!);
