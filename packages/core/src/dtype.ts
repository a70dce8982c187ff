/** Element types that both runtimes know; the names are ONNX's. */
export const dtypes = [
  'float32',
  'float16',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
] as const;
export type DType = (typeof dtypes)[number];

/** Bytes that one element takes. */
export const dtypeBytes: Record<DType, number> = {
  float32: 4,
  float16: 2,
  float64: 8,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
};

/** `float32[batch, 1, 28, 28]`: how a spec is written in messages. */
export function describeTensor(tensor: {dtype: string; shape: readonly (number | string)[]}): string {
  return `${tensor.dtype}[${tensor.shape.join(', ')}]`;
}
