import {type DType, KedgeError, type Manifest, type TensorSpec} from '@kedge/core';
import type {Input} from './api.js';
import {buffersOf} from './control/buffers.js';
import {misuse} from './mistaken.js';
import {arrayOf, copyOf} from './runtime/dtype.js';
import type {Tensor, TensorData, Tensors} from './runtime/runtime.js';

/**
 * For one call: as much was computed on both runtimes in Chromium. The page, the worker and the runtime's heap hold the inputs
 * once each, and a WASM heap ends at 4 GiB: what is too much ends the tab on many devices, which nothing can catch.
 */
export const maxInputBytes = 2 ** 28;

export const product = (shape: readonly number[]) => shape.reduce((size, dimension) => size * dimension, 1);

/** Also of another realm, such as a frame, where `instanceof` fails. */
export function isArrayOf({dtype}: TensorSpec, data: unknown): data is TensorData {
  return ArrayBuffer.isView(data) && (data as TensorData)[Symbol.toStringTag] === arrayOf(dtype).name;
}

/** The shape that a plain array must have: one symbolic dimension follows from its length, more need a shape. */
export function shapeFor(spec: TensorSpec, length: number): number[] | undefined {
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
    return Number.isInteger(got) && got >= 0 && got === bound;
  });
}

const isShape = (shape: unknown): shape is readonly number[] => Array.isArray(shape);

/** A message carries a view's whole buffer, and can't carry one that is shared; WebGPU refuses one that may grow. */
function ownData(data: TensorData): TensorData {
  const buffer = data.buffer as ArrayBuffer & {resizable?: boolean};
  const alone =
    data.byteLength === buffer.byteLength && !buffer.resizable && buffer[Symbol.toStringTag] === 'ArrayBuffer';
  return alone ? data : copyOf(data);
}

function toTensor(spec: TensorSpec, input: Input | undefined, symbols: Map<string, number>): Tensor | undefined {
  const plain = ArrayBuffer.isView(input);
  const data = plain ? input : input?.data;
  if (!isArrayOf(spec, data)) return undefined;
  const shape = plain ? shapeFor(spec, data.length) : (input as {shape: readonly number[]}).shape;
  if (!isShape(shape) || !fits(spec, shape, symbols) || product(shape) !== data.length) return undefined;
  return {dtype: spec.dtype, shape: [...shape], data};
}

/** Whether they were given away to a worker. */
export const areGone = (tensors: Tensors) => Object.values(tensors).some(({data}) => data.length === 0);

/** What the caller gives away, moved at once. @throws of memory that stays where it is, such as WebAssembly's: `refuseGift` says which */
export const taken = (tensors: Tensors) => structuredClone(tensors, {transfer: buffersOf(tensors)});

/**
 * What the app passed, as the tensors that the manifest asks for; undefined where it does not fit, and `refuse` says why. Only
 * form is checked here; values are looked at where they are used.
 *
 * @param specs of the manifest's inputs, or of its outputs where the app answers
 */
export function toTensors(specs: readonly TensorSpec[], given: Record<string, Input>): Tensors | undefined {
  const symbols = new Map<string, number>();
  const tensors: Tensors = {};
  let bytes = 0;
  for (const spec of specs) {
    const tensor = toTensor(spec, given?.[spec.name], symbols);
    if (!tensor || (bytes += tensor.data.byteLength) > maxInputBytes) return undefined;
    tensor.data = ownData(tensor.data);
    tensors[spec.name] = tensor;
  }
  // All that were asked for are there.
  return Object.keys(given ?? {}).length > specs.length ? undefined : tensors;
}

/** Without a manifest nothing is known of them; undefined where they are no arrays. */
export function asTensors(given: Record<string, Input>): Tensors | undefined {
  const all = Object.entries(given ?? {}).map(([name, input]) => {
    const {data, shape} = ArrayBuffer.isView(input) ? {data: input, shape: [input.length]} : (input ?? {});
    return [name, {dtype: 'float32' as const, shape, data}] as const;
  });
  return all.every(([, {data}]) => ArrayBuffer.isView(data)) ? Object.fromEntries(all) : undefined;
}

/** Whether their values may be asked of a model, or are an answer: where no worker is asked, nobody else looks at them, see runtime/values.ts. */
export function areSound(specs: readonly TensorSpec[], tensors: Tensors): boolean {
  return specs.every(
    ({name, dtype, nonFinite}) => nonFinite || !(tensors[name]!.data as Float32Array).some(odd(dtype)),
  );
}

function odd(dtype: DType): (value: number) => boolean {
  if (dtype === 'float16') return bits => (bits & 0x7c00) === 0x7c00;
  // Of a bigint as well.
  return dtype === 'bool' ? value => value > 1 : value => Number(value - value) !== 0;
}

/** @throws KedgeError `input_invalid`, or `output_invalid` of a baseline, naming the tensor, what it expected, what it got and what to do */
export async function refuse(
  manifest: Manifest | undefined,
  side: 'input' | 'output',
  given: unknown,
  specs: readonly TensorSpec[] = manifest?.[`${side}s`] ?? [],
): Promise<never> {
  const file = await misuse().catch(() => undefined);
  const why = file?.mistakeIn(specs, given, side) ?? `unfit ${side}s`;
  throw new KedgeError(`${side}_invalid`, manifest ? `${manifest.model} ${manifest.version}: ${why}` : why);
}
