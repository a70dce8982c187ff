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

/** @throws KedgeError `manifest_invalid` when `--meta` contradicts the file; `model_invalid` for a dtype that no device takes */
export function mergeSpecs(found: {inputs: FoundTensor[]; outputs: FoundTensor[]}, meta: Meta, file: string): Specs {
  return {
    inputs: mergeSide('inputs', found.inputs, meta.inputs, file),
    outputs: mergeSide('outputs', found.outputs, meta.outputs, file),
  };
}

function mergeSide(
  side: 'inputs' | 'outputs',
  found: FoundTensor[],
  metas: Record<string, TensorMeta>,
  file: string,
): TensorSpec[] {
  const names = found.map(({name}, i) => name ?? Object.keys(metas)[i] ?? `${side.slice(0, -1)}${i}`);
  const stranger = Object.keys(metas).find(name => !names.includes(name));
  if (stranger !== undefined)
    throw new KedgeError(
      'manifest_invalid',
      `--meta: ${side}.${stranger}: ${file} has no such ${side.slice(0, -1)}; it has ${names.join(', ')}`,
    );
  return found.map((tensor, i) => merge(`${side}.${names[i]!}`, names[i]!, tensor, metas[names[i]!] ?? {}, file));
}

function merge(where: string, name: string, found: FoundTensor, meta: TensorMeta, file: string): TensorSpec {
  const {shape, dtype, range, units, nonFinite} = meta;
  const own = found.shape.map((size, axis) => dimension(size, axis));
  if (dtype && dtype !== found.dtype)
    throw new KedgeError(
      'manifest_invalid',
      `--meta: ${where}.dtype: expected ${found.dtype} as in ${file}, got ${dtype}`,
    );
  if (shape && !fits(own, shape))
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

/** An unnamed dynamic axis gets a name; the first one is by custom the batch. */
function dimension(size: number | string | null, axis: number): number | string {
  if (typeof size === 'number' && size > 0) return size;
  return typeof size === 'string' && size !== '' ? size : axis === 0 ? 'batch' : `dim${axis}`;
}

/** `--meta` may name or fix a dynamic axis, never change a fixed one. */
function fits(own: readonly (number | string)[], given: readonly (number | string)[]): boolean {
  return own.length === given.length && own.every((size, axis) => typeof size === 'string' || size === given[axis]);
}
