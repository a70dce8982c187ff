import type {Manifest, TensorSpec} from '@kedge/core';
import type {Input} from '../api.js';
import {maxInputBytes} from '../inputs.js';
import {arrayOf, copyOf} from '../runtime/dtype.js';
import type {StreamOptions} from './api.js';

/** Inputs by name, as `predict` takes them. */
export type Inputs = Record<string, Input>;

/**
 * A copy: the caller's arrays may change meanwhile. What is no array, is too large, or has no buffer any more, stays as it is,
 * for `predict` to refuse.
 *
 * @throws RangeError where the page has no memory for it
 */
export function copiesOf(inputs: Inputs): Inputs {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, copyOfOne(input)]));
}

function copyOfOne(input: Input): Input {
  try {
    const isPlain = ArrayBuffer.isView(input);
    const {data, shape} = isPlain ? {data: input} : input;
    if (!ArrayBuffer.isView(data) || data.byteLength > maxInputBytes) return input;
    const copy = copyOf(data);
    return isPlain ? copy : {data: copy, shape: Array.isArray(shape) ? [...(shape as number[])] : shape!};
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return input;
  }
}

/**
 * What a stream begins with: the state that the app gives, else zeros.
 *
 * @param manifest undefined where only the app's baseline can answer: nothing but the given is known then
 * @throws TypeError for a state that this version does not have, and for zeros of an unknown shape
 */
export function initialOf(manifest: Manifest | undefined, {state, initial = {}}: StreamOptions): Inputs {
  const given = copiesOf(initial);
  if (!manifest) return given;
  for (const [input, output] of Object.entries(state)) {
    const spec = carried(manifest, input, output);
    given[input] ??= zeros(manifest, spec);
  }
  return given;
}

function named(manifest: Manifest, side: 'inputs' | 'outputs', name: string): TensorSpec {
  const {model, version, [side]: specs} = manifest;
  const spec = specs.find(each => each.name === name);
  if (spec) return spec;
  throw new TypeError(
    `stream of ${model} ${version}: state ${side}: no tensor ${name}, expected one of ${specs.map(each => each.name).join(', ')}`,
  );
}

/** The input's spec, where the output can follow it. */
function carried(manifest: Manifest, input: string, output: string): TensorSpec {
  const {model, version} = manifest;
  const to = named(manifest, 'inputs', input);
  const from = named(manifest, 'outputs', output);
  const fits = to.dtype === from.dtype && to.shape.length === from.shape.length;
  if (fits && to.shape.every((size, i) => same(size, from.shape[i]!))) return to;
  throw new TypeError(
    `stream of ${model} ${version}: output ${output}, ${from.dtype}[${from.shape.join()}], can't be the next input ${input}, ${to.dtype}[${to.shape.join()}]`,
  );
}

/** Symbols are known only in a run. */
const same = (a: number | string, b: number | string) => a === b || typeof a === 'string' || typeof b === 'string';

function zeros({model, version}: Manifest, {name, dtype, shape}: TensorSpec): Input {
  const symbols = shape.filter(size => typeof size === 'string');
  if (symbols[0])
    throw new TypeError(
      `stream of ${model} ${version}: the size of ${symbols.join(', ')} in ${name}, ${dtype}[${shape.join()}], is not known; give initial: {${name}: {data, shape}}`,
    );
  const sizes = shape as number[];
  return {data: new (arrayOf(dtype))(sizes.reduce((a, b) => a * b, 1)), shape: sizes};
}
