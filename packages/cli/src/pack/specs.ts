import {describeTensor, type DType, dtypes, KedgeError, type TensorSpec} from '@kedge/core';
import type {Meta, TensorMeta} from './meta.js';

/** What a model file says of one input or output; a layers model says less. */
export interface FoundTensor {
  /** Undefined where the format keeps no names: then they are matched by order. */
  name?: string;
  dtype: string;
  shape: readonly (number | string | null)[];
}

export interface Specs {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
}

type Side = 'inputs' | 'outputs';

/** @throws KedgeError `manifest_invalid` when `--meta` contradicts the file; `model_invalid` for a dtype that no device takes */
export function mergeSpecs(found: Record<Side, FoundTensor[]>, meta: Meta, file: string): Specs {
  return {
    inputs: mergeSide('inputs', found.inputs, meta.inputs, file),
    outputs: mergeSide('outputs', found.outputs, meta.outputs, file),
  };
}

function mergeSide(side: Side, found: FoundTensor[], metas: Record<string, TensorMeta>, file: string): TensorSpec[] {
  const names = found.map(({name}, i) => name ?? Object.keys(metas)[i] ?? `${side.slice(0, -1)}${i}`);
  const stranger = Object.keys(metas).find(name => !names.includes(name));
  if (stranger !== undefined)
    throw new KedgeError(
      'manifest_invalid',
      `--meta: ${side}.${stranger}: ${file} has no such ${side.slice(0, -1)}; it has ${names.join(', ')}`,
    );
  const taken = new Set(found.flatMap(({shape}) => shape));
  return found.map((tensor, i) => {
    const [name, meta] = [names[i]!, metas[names[i]!] ?? {}];
    const own = named(name, tensor, taken);
    own.forEach(size => taken.add(size));
    return merge(side, {...tensor, name, shape: own}, meta, file);
  });
}

interface NamedTensor extends FoundTensor {
  name: string;
  shape: (number | string)[];
}

function merge(side: Side, found: NamedTensor, meta: TensorMeta, file: string): TensorSpec {
  const {shape, dtype, range, units, nonFinite} = meta;
  const {name, shape: own} = found;
  const where = `${side}.${name}`;
  if (dtype && dtype !== found.dtype)
    throw new KedgeError(
      'manifest_invalid',
      `--meta: ${where}.dtype: expected ${found.dtype} as in ${file}, got ${dtype}`,
    );
  if (shape && !fits(own, shape, side))
    throw new KedgeError(
      'manifest_invalid',
      `--meta: ${where}.shape: expected ${describeTensor({dtype: found.dtype, shape: own})} as in ${file}, got [${shape.join(', ')}]`,
    );
  return {
    name,
    dtype: known(found.dtype, where, file),
    shape: shape ?? own,
    ...(range && {range}),
    ...(units && {units}),
    ...(nonFinite && {nonFinite}),
  };
}

function known(dtype: string, where: string, file: string): DType {
  const match = dtypes.find(one => one === dtype);
  if (match) return match;
  throw new KedgeError(
    'model_invalid',
    `${file}: ${where} is ${dtype}, which no device takes; expected one of ${dtypes.join(', ')}`,
  );
}

/**
 * An unnamed dynamic axis gets a name; the first one is by custom the batch. Any other gets one of its own: a symbol has one size
 * in all inputs of a call, and of two axes without a name nobody has said that they are the same.
 */
function named(name: string, {shape}: FoundTensor, taken: ReadonlySet<number | string | null>): (number | string)[] {
  return shape.map((size, axis) => {
    if (typeof size === 'number' && size > 0) return size;
    if (typeof size === 'string' && size !== '') return size;
    if (axis === 0) return 'batch';
    return taken.has(`dim${axis}`) ? `${name}.dim${axis}` : `dim${axis}`;
  });
}

/**
 * `--meta` may name or fix a dynamic axis, never change a fixed one. Of an output it may also leave a fixed one open: exporters
 * write down what they saw, and a runtime answers with what there is.
 */
function fits(own: readonly (number | string)[], given: readonly (number | string)[], side: Side): boolean {
  const open = (size: number | string | undefined) => typeof size === 'string';
  return (
    own.length === given.length &&
    own.every((size, axis) => open(size) || size === given[axis] || (side === 'outputs' && open(given[axis])))
  );
}
