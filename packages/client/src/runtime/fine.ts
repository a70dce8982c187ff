import type {TensorSpec} from '@kedge/core';
import type {Tensor, Tensors} from './runtime.js';

/**
 * Whether nothing can be said against these shapes and values, seen at a glance; where it is false, values.ts looks closer.
 *
 * @param ranged whether ranges count: those of inputs are the model's business
 */
export function areFine(specs: readonly TensorSpec[], tensors: Tensors, ranged?: boolean): boolean {
  return specs.every(spec => isFine(spec, tensors[spec.name], ranged ? spec.range : undefined));
}

function isFine(
  {dtype, shape, nonFinite}: TensorSpec,
  tensor: Tensor | undefined,
  range: TensorSpec['range'],
): boolean {
  if (tensor?.dtype !== dtype || tensor.shape.length !== shape.length) return false;
  if (shape.some((size, i) => typeof size === 'number' && size !== tensor.shape[i])) return false;
  const {data} = tensor;
  const bounds: TensorSpec['range'] = range ?? (dtype === 'bool' ? [0, 1] : undefined);
  if (!bounds && (nonFinite || !/float/.test(dtype))) return true;
  if (dtype === 'float16') return !bounds && !(data as Uint16Array).some(bits => (bits & 0x7c00) === 0x7c00);
  if (dtype === 'float32' && !bounds) return areFinite(data as Float32Array);
  const [low, high] = bounds ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  // NaN is on no side of anything.
  for (let i = 0; i < data.length; i++) if (!(data[i]! >= low && data[i]! <= high)) return false;
  return true;
}

/**
 * By their sum: as many float32 as there can be do not overflow it. In a function of its own, since V8 takes more than ten times
 * as long where it has seen five kinds of arrays.
 */
function areFinite(data: Float32Array): boolean {
  let [even, odd] = [0, 0];
  for (let i = data.length; i > 1; i -= 2) {
    even += data[i - 1]!;
    odd += data[i - 2]!;
  }
  if (data.length % 2) even += data[0]!;
  return Number.isFinite(even + odd);
}
