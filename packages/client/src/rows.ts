import type {Manifest} from '@kedge/core';
import {numberAt} from './runtime/dtype.js';
import type {Tensor, Tensors} from './runtime/runtime.js';

/** What the ledger keeps of one row of a prediction's outputs. */
export interface Row {
  /** Index of the largest score, where the task is a classification. */
  predicted: number | null;
  /** The number predicted, where there is just one for each row. */
  value: number | null;
}

/** One entry for each row of the first output: its first dimension counts rows where it is an input's, and symbolic. What else it may count is found. */
export function rowsOf(manifest: Manifest | undefined, outputs: Tensors): Row[] {
  const spec = manifest?.outputs[0];
  const tensor = spec && outputs[spec.name];
  if (!tensor) return [{predicted: null, value: null}];
  const [size] = spec.shape;
  const isRows = typeof size === 'string' && manifest.inputs.some(({shape}) => shape[0] === size);
  const count = (isRows && tensor.shape[0]) || 1;
  const width = tensor.data.length / count;
  return Array.from({length: count}, (_, row) => {
    const at = row * width;
    if (manifest.task === 'classification') return {predicted: largest(tensor, at, width), value: null};
    return {predicted: null, value: width === 1 ? numberAt(tensor, at) : null};
  });
}

function largest(tensor: Tensor, at: number, width: number): number | null {
  if (!width) return null;
  let best = 0;
  for (let i = 1; i < width; i++) if (numberAt(tensor, at + i) > numberAt(tensor, at + best)) best = i;
  return best;
}
