import * as z from 'zod/mini';

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

/** One input or output: a dimension is a positive integer, or a symbolic name such as `batch`. */
export const TensorSpec = z.object({
  name: z.string().check(z.minLength(1)),
  dtype: z.enum(dtypes),
  shape: z.array(z.union([z.int().check(z.positive()), z.string().check(z.minLength(1))])),
  /** Inclusive value range, in `units`. Outputs outside it are refused. */
  range: z.optional(
    z.tuple([z.number(), z.number()]).check(z.refine(([low, high]) => low <= high, 'expected the lower bound first')),
  ),
  units: z.optional(z.string()),
});
export type TensorSpec = z.infer<typeof TensorSpec>;

/** `float32[batch, 1, 28, 28]`: how a spec is written in messages. */
export function describeTensor(tensor: {dtype: string; shape: readonly (number | string)[]}): string {
  return `${tensor.dtype}[${tensor.shape.join(', ')}]`;
}
