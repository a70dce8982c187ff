import {describeTensor, type Golden, type Manifest, type TensorSpec} from '@kedge/core';
import type {Tensor} from './runtime.js';

type Form = Pick<Tensor, 'dtype' | 'shape'>;

/**
 * What is wrong with a tensor's dtype, its number of dimensions or a size that the manifest fixes.
 *
 * @param sizes of symbols, such as `batch`, in the tensors before; those of this one are added. Without it a symbol may be of
 * any size
 */
export function wrongForm(
  {dtype, shape}: TensorSpec,
  tensor: Form | undefined,
  sizes?: Map<string, number>,
): string | undefined {
  const problem = `expected ${describeTensor({dtype, shape})}, got ${tensor ? describeTensor(tensor) : 'nothing'}`;
  if (tensor?.dtype !== dtype || tensor.shape.length !== shape.length) return problem;
  for (const [i, size] of shape.entries()) {
    const got = tensor.shape[i]!;
    if (typeof size === 'number' && size !== got) return problem;
    if (typeof size === 'number') continue;
    const known = sizes?.get(size) ?? got;
    if (known !== got) return `${problem}, while ${size} is ${known}`;
    sizes?.set(size, got);
  }
  return undefined;
}

/**
 * Which of a golden example's tensors is not as the manifest says, and how. A symbol has one size in all inputs, as in each
 * call. In an output it may be of any: exporters give one name to axes that have nothing to do with each other.
 */
export function wrongExample(
  specs: Pick<Manifest, 'inputs' | 'outputs'>,
  golden: Pick<Golden, 'inputs' | 'outputs'>,
): string | undefined {
  const sizes = new Map<string, number>();
  for (const side of ['input', 'output'] as const)
    for (const spec of specs[`${side}s`]) {
      const problem = wrongForm(spec, golden[`${side}s`][spec.name], side === 'input' ? sizes : undefined);
      if (problem) return `${side} ${spec.name}: ${problem}`;
    }
  return undefined;
}
