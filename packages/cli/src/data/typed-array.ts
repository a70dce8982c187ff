import {type DType, dtypeBytes} from '@kedge/core';
import {arrayOf, type TensorData} from '@kedge/client/runtime';

/** `length` zeros of a dtype. */
export function zeros(dtype: DType, length: number): TensorData {
  return new (arrayOf(dtype))(length);
}

/** Little-endian bytes as numbers of a dtype; copied, since their offset may not fit the element. */
export function fromBytes(dtype: DType, bytes: Uint8Array): TensorData {
  return new (arrayOf(dtype))(new Uint8Array(bytes).buffer);
}

/** The same, of big-endian bytes. */
export function fromBigEndian(dtype: DType, bytes: Uint8Array): TensorData {
  const size = dtypeBytes[dtype];
  const copy = Buffer.from(bytes);
  if (size === 2) copy.swap16();
  else if (size === 4) copy.swap32();
  else if (size === 8) copy.swap64();
  return fromBytes(dtype, copy);
}
