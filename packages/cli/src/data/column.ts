import type {DType} from '@kedge/core';
import type {TensorData} from '@kedge/client/runtime';

/** One array of examples: the first axis of the file runs over them. */
export interface Column {
  dtype: DType;
  /** Of one example. */
  shape: readonly number[];
  data: TensorData | Float64Array;
}

export const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** A half-precision number (IEEE 754 binary16) from its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Element `i` as a number, whatever its dtype; int64 beyond 2^53 loses digits. */
export function numberAt(data: Column['data'], dtype: DType, i: number): number {
  const value = Number(data[i]);
  return dtype === 'float16' ? halfToNumber(value) : value;
}
