import type {TensorSpec} from '@kedge/core';
import type {Tensor, Tensors} from './runtime.js';

/** Whether nothing can be said against these values, seen at a glance; where it is false, values.ts looks closer. */
export function areFine(specs: readonly TensorSpec[], tensors: Tensors): boolean {
  return specs.every(spec => isFine(spec, tensors[spec.name]));
}

function isFine({dtype, range, nonFinite}: TensorSpec, tensor: Tensor | undefined): boolean {
  if (tensor?.dtype !== dtype) return false;
  const {data} = tensor;
  if (dtype === 'float16') return !range && !(data as Uint16Array).some(bits => (bits & 0x7c00) === 0x7c00);
  if (!range && (nonFinite || !/float|bool/.test(dtype))) return true;
  const [low, high] = range ?? (dtype === 'bool' ? [0, 1] : [-Number.MAX_VALUE, Number.MAX_VALUE]);
  // NaN is on no side of anything.
  for (let i = 0; i < data.length; i++) if (!(data[i]! >= low && data[i]! <= high)) return false;
  return true;
}
