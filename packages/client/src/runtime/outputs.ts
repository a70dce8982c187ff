import {KedgeError, type Manifest, type TensorSpec} from '@kedge/core';
import {numberAt} from './dtype.js';
import type {Tensor, Tensors} from './runtime.js';

const floats = new Set(['float16', 'float32', 'float64']);

function wrong(tensor: Tensor, range: TensorSpec['range']): string | undefined {
  if (!floats.has(tensor.dtype) && !range) return undefined;
  const [low, high] = range ?? [-Infinity, Infinity];
  // Backends round: a probability may come out as 1.0000001.
  const slack = 1e-3 * Math.max(1, Math.abs(low), Math.abs(high) === Infinity ? 1 : Math.abs(high));
  for (let i = 0; i < tensor.data.length; i++) {
    const value = numberAt(tensor, i);
    if (!Number.isFinite(value)) return `element ${i} is ${value}`;
    if (range && (value < low - slack || value > high + slack))
      return `element ${i} is ${value}, outside [${low}, ${high}]`;
  }
  return undefined;
}

/** Refuses NaN, infinity and values outside the declared range. @throws KedgeError `output_invalid` */
export function checkOutputs(manifest: Manifest, outputs: Tensors): void {
  for (const {name, range} of manifest.outputs) {
    const tensor = outputs[name];
    const problem = tensor ? wrong(tensor, range) : 'it is missing';
    if (problem)
      throw new KedgeError('output_invalid', `${manifest.model} ${manifest.version}: output ${name}: ${problem}`);
  }
}
