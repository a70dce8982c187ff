import type {DType} from '@kedge/core';
import {halfToNumber} from './half.js';
import type {Tensor, TensorData} from './runtime.js';

/** Made of a number of zeros, or of little-endian bytes. */
export type TensorArray = new (lengthOrBuffer: number | ArrayBuffer) => TensorData;

const arrays: Record<DType, TensorArray> = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** The typed array class of a dtype. */
export function arrayOf(dtype: DType): TensorArray {
  return arrays[dtype];
}

/**
 * In memory of its own. Of the plain class, since one that extends it, such as Node's `Buffer`, may take other arguments.
 *
 * @param from a length: so many zeros in place of a copy
 */
export function copyOf<Data extends TensorData>(data: Data, from: Data | number = data): Data {
  const plain = globalThis[data[Symbol.toStringTag]] as unknown as new (from: Data | number) => Data;
  return new plain(from);
}

/** Element `i` as a number, whatever its dtype; a 64-bit integer beyond 2^53 loses digits. */
export function numberAt({dtype, data}: Pick<Tensor, 'dtype' | 'data'>, i: number): number {
  const value = Number(data[i]);
  return dtype === 'float16' ? halfToNumber(value) : value;
}
