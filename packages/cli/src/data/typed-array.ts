import type {DType} from '@kedge/core';
import type {TensorData} from '@kedge/client/runtime';

const arrays = {
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
} satisfies Record<DType, new (buffer: ArrayBuffer) => TensorData>;

/** `length` zeros of a dtype. */
export function zeros(dtype: DType, length: number): TensorData {
  return new arrays[dtype](length);
}

/** Little-endian bytes as numbers of a dtype; copied, since their offset may not fit the element. */
export function fromBytes(dtype: DType, bytes: Uint8Array): TensorData {
  return new arrays[dtype](new Uint8Array(bytes).buffer);
}

/** The same, of big-endian bytes. */
export function fromBigEndian(dtype: DType, bytes: Uint8Array): TensorData {
  const size = arrays[dtype].BYTES_PER_ELEMENT;
  const copy = Buffer.from(bytes);
  if (size === 2) copy.swap16();
  else if (size === 4) copy.swap32();
  else if (size === 8) copy.swap64();
  return fromBytes(dtype, copy);
}
