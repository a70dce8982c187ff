import {describeTensor, KedgeError, type Manifest, type TensorSpec} from '@kedge/core';
import type {Input} from './api.js';
import {arrayOf} from './runtime/dtype.js';
import type {Tensor, TensorData, Tensors} from './runtime/runtime.js';

const product = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

function invalid(manifest: Manifest, spec: TensorSpec, got: string): KedgeError {
  return new KedgeError(
    'input_invalid',
    `${manifest.model} ${manifest.version}: input ${spec.name}: expected ${describeTensor(spec)}, got ${got}`,
  );
}

/** The shape that a plain array must have: one symbolic dimension follows from its length, more need a shape. */
function shapeFor(spec: TensorSpec, length: number): number[] | undefined {
  const symbolic = spec.shape.filter(dimension => typeof dimension === 'string');
  const known = product(spec.shape.filter(dimension => typeof dimension === 'number'));
  if (symbolic.length === 0) return length === known ? (spec.shape as number[]) : undefined;
  if (symbolic.length > 1 || length === 0 || length % known !== 0) return undefined;
  return spec.shape.map(dimension => (typeof dimension === 'number' ? dimension : length / known));
}

function fits(spec: TensorSpec, shape: readonly number[], symbols: Map<string, number>): boolean {
  if (shape.length !== spec.shape.length) return false;
  return spec.shape.every((expected, i) => {
    const got = shape[i]!;
    if (typeof expected === 'number') return got === expected;
    // The same symbol must mean the same size in every input.
    const bound = symbols.get(expected) ?? got;
    symbols.set(expected, bound);
    return Number.isInteger(got) && got > 0 && got === bound;
  });
}

function toTensor(
  manifest: Manifest,
  spec: TensorSpec,
  input: Input | undefined,
  symbols: Map<string, number>,
): Tensor {
  if (input === undefined || input === null) throw invalid(manifest, spec, 'nothing');
  const data: TensorData = ArrayBuffer.isView(input) ? input : input.data;
  if (!(data instanceof arrayOf(spec.dtype)))
    throw invalid(
      manifest,
      spec,
      `a ${(data as object | undefined)?.constructor.name ?? typeof data}; pass a ${arrayOf(spec.dtype).name}`,
    );
  const shape = ArrayBuffer.isView(input) ? shapeFor(spec, data.length) : input.shape;
  if (!shape) throw invalid(manifest, spec, `${data.length} elements`);
  const got = describeTensor({dtype: spec.dtype, shape});
  if (!fits(spec, shape, symbols)) throw invalid(manifest, spec, got);
  if (product(shape) !== data.length) throw invalid(manifest, spec, `${got} with ${data.length} elements`);
  return {dtype: spec.dtype, shape, data};
}

/**
 * What the app passed, as the tensors that the manifest asks for. Only form is checked; values are the model's business.
 *
 * @throws KedgeError `input_invalid` naming the tensor, what it expected and what it got
 */
export function toTensors(manifest: Manifest, inputs: Record<string, Input>): Tensors {
  const names = manifest.inputs.map(({name}) => name);
  const extra = Object.keys(inputs).find(name => !names.includes(name));
  if (extra !== undefined)
    throw new KedgeError(
      'input_invalid',
      `${manifest.model} ${manifest.version}: no input is named ${extra}; expected ${names.join(', ')}`,
    );
  const symbols = new Map<string, number>();
  const tensors: Tensors = {};
  for (const spec of manifest.inputs) tensors[spec.name] = toTensor(manifest, spec, inputs[spec.name], symbols);
  return tensors;
}
