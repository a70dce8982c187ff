import {arrayOf, type Tensor, type Tensors} from '@kedge/client/runtime';
import type {Manifest, TensorSpec} from '@kedge/core';
import type {Measured} from '../pack/measure.js';
import type {Files, Loadable} from '../run/runtime.js';
import {calledFunctions} from './called.js';

/** The file whose functions are listed: what devices start with one thread. */
const file = 'ort-wasm-simd-threaded.wasm';
/** A larger model would not leave room for the marks. */
const maxBytes = 2 ** 29;
/** Rows of a batch; clients make batches of as many. */
const batchSizes = [2, 4, 8, 16, 32];

export interface Listing {
  runtime: Manifest['runtime'];
  /** Where the runtime's files were taken from; undefined where none are pinned. */
  dist?: string;
  version: Loadable;
  files: Files;
  artifacts: Manifest['artifacts'];
  measured: Measured;
  /** False: no runtime may load it. */
  run: boolean;
}

/**
 * The runtime with the functions that the version calls, so that a device starts with them alone. Its golden inputs are run, and
 * the first of them in batches where the model takes any number of rows.
 */
export async function listFunctions({runtime, dist, version, files, artifacts, measured, run}: Listing): Promise<{
  runtime: Manifest['runtime'];
  notes: string[];
}> {
  const without = (...notes: string[]) => ({runtime, notes});
  if (!run || !dist || version.format !== 'onnx' || !runtime.files?.some(({path}) => path === file)) return without();
  const inputs = measured.golden.length > 0 ? goldenInputs(measured) : zeros(version);
  const note = (why: string) => `functions of ${file} are not listed: ${why}; devices start with all of them`;
  if (artifacts.reduce((sum, {bytes}) => sum + bytes, 0) > maxBytes) return without(note('the model is too large'));
  try {
    const order = {dist, file, version, files, inputs: [...inputs, ...batches(version, inputs[0]!)]};
    return {runtime: {...runtime, functions: {[file]: await calledFunctions(order)}}, notes: []};
  } catch (error) {
    return without(note(error instanceof Error ? error.message : String(error)));
  }
}

function goldenInputs({golden, goldenBytes}: Measured): Tensors[] {
  const tensor = ({offset, bytes, dtype, shape}: Measured['golden'][number]['inputs'][string]): Tensor => ({
    ...{dtype, shape},
    data: new (arrayOf(dtype))(goldenBytes!.slice(offset, offset + bytes).buffer),
  });
  return golden.map(({inputs}) =>
    Object.fromEntries(Object.entries(inputs).map(([name, slice]) => [name, tensor(slice)])),
  );
}

/** For a version without golden examples; an axis of any size has one. */
function zeros({inputs}: Loadable): Tensors[] {
  const tensor = ({dtype, shape}: TensorSpec): Tensor => {
    const sizes = shape.map(size => (typeof size === 'number' ? size : 1));
    return {dtype, shape: sizes, data: new (arrayOf(dtype))(sizes.reduce((all, size) => all * size, 1))};
  };
  return [Object.fromEntries(inputs.map(spec => [spec.name, tensor(spec)]))];
}

function batches({inputs: specs}: Loadable, row: Tensors): Tensors[] {
  const takesRows = specs.every(({name, shape}) => typeof shape[0] === 'string' && row[name]?.shape[0] === 1);
  return takesRows ? batchSizes.map(size => mapped(row, tensor => repeated(tensor, size))) : [];
}

const mapped = (tensors: Tensors, change: (tensor: Tensor) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor)]));

function repeated({dtype, shape, data}: Tensor, times: number): Tensor {
  const all = new (arrayOf(dtype))(times * data.length);
  for (let i = 0; i < times; i++) all.set(data as never, i * data.length);
  return {dtype, shape: [times, ...shape.slice(1)], data: all};
}
