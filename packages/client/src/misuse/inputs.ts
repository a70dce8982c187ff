import {describeTensor, type Manifest, type TensorSpec} from '@kedge/core';
import {isArrayOf, maxInputBytes, product, shapeFor} from '../inputs.js';
import {arrayOf} from '../runtime/dtype.js';
import type {TensorData} from '../runtime/runtime.js';
import {wrongInput} from '../runtime/values.js';

/** As wrong as it may be. */
interface Given {
  data?: unknown;
  shape?: unknown;
}

/** Which size a symbol has, and in which input that was seen. */
type Symbols = Map<string, {size: number; input: string}>;

/** Says of inputs that do not fit: which, what was expected, what came, and what to do. Undefined when nothing is found. */
export function mistakeIn({inputs: specs}: Manifest, inputs: unknown): string | undefined {
  const names = specs.map(({name}) => name);
  if (typeof inputs !== 'object' || inputs === null)
    return `expected inputs by name (${names.join(', ')}), got ${String(inputs)}`;
  const extra = Object.keys(inputs).find(name => !names.includes(name));
  if (extra !== undefined) return `no input is named ${extra}; expected ${names.join(', ')}`;
  const symbols: Symbols = new Map();
  for (const spec of specs) {
    const got = mistake(spec, (inputs as Record<string, unknown>)[spec.name], symbols);
    if (got) return `input ${spec.name}: expected ${describeTensor(spec)}, got ${got}`;
  }
  return (
    tooMuch(Object.entries(inputs as Record<string, unknown>)) ?? oddValue(specs, inputs as Record<string, unknown>)
  );
}

/** Said by the page where no worker was asked. */
function oddValue(specs: readonly TensorSpec[], inputs: Record<string, unknown>): string | undefined {
  for (const spec of specs) {
    const input = inputs[spec.name];
    const data = (ArrayBuffer.isView(input) ? input : (input as Given).data) as TensorData;
    const problem = wrongInput(spec, {dtype: spec.dtype, shape: [data.length], data});
    if (problem) return `input ${spec.name}: ${problem}`;
  }
  return undefined;
}

function mistake(spec: TensorSpec, input: unknown, symbols: Symbols): string | undefined {
  if (input === undefined || input === null) return 'nothing';
  const given: Given = isData(input) ? {data: input} : input;
  const {data} = given;
  if (!isArrayOf(spec, data)) return `${kindOf(data)}; pass a ${wantedOf(spec)}`;
  if (isDetached(data.buffer)) return `a ${arrayOf(spec.dtype).name} whose buffer was transferred; pass a copy of it`;
  const shape = isData(input) ? shapeFor(spec, data.length) : given.shape;
  if (shape === undefined) return `${data.length} elements${openDimensions(spec)}`;
  if (!Array.isArray(shape)) return `a shape that is ${kindOf(shape)}; pass it as an array of numbers`;
  return mistakeOfShape(spec, shape as unknown[], data.length, symbols);
}

function mistakeOfShape(spec: TensorSpec, shape: unknown[], length: number, symbols: Symbols): string | undefined {
  const got = describeTensor({dtype: spec.dtype, shape: shape.map(String)});
  if (shape.length !== spec.shape.length) return got;
  for (const [i, expected] of spec.shape.entries()) {
    const size = shape[i];
    if (typeof expected === 'number' ? size !== expected : !(Number.isInteger(size) && (size as number) > 0))
      return size === 0 ? `${got}: it has no elements; leave such calls out` : got;
    if (typeof expected === 'number') continue;
    const bound = symbols.get(expected) ?? {size: size as number, input: spec.name};
    if (bound.size !== size) return `${got}, while ${expected} is ${bound.size} in input ${bound.input}`;
    symbols.set(expected, bound);
  }
  return product(shape as number[]) === length ? undefined : `${got} with ${length} elements`;
}

/** An array, or what was meant as one. */
const isData = (input: unknown) => ArrayBuffer.isView(input) || Array.isArray(input) || typeof input !== 'object';

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const {name = 'object'} = (value as {constructor?: {name?: string}}).constructor ?? {};
  return `a ${name}`;
}

function wantedOf({dtype}: TensorSpec): string {
  const array = arrayOf(dtype).name;
  if (dtype === 'float16') return `${array} of bit patterns, such as new Uint16Array(halves.buffer) of a Float16Array`;
  return dtype === 'bool' ? `${array} of 0 and 1` : array;
}

/** No browser makes a view of a buffer that it has handed over. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).length < 0;
  } catch {
    return true;
  }
}

function openDimensions({shape}: TensorSpec): string {
  const open = shape.filter(size => typeof size === 'string');
  return open.length > 1 ? `, which say nothing of ${open.join(' and ')}; pass {data, shape}` : '';
}

function tooMuch(inputs: readonly [string, unknown][]): string | undefined {
  const bytesOf = (input: unknown) => ((input as Given).data ?? input) as ArrayBufferView;
  const bytes = inputs.reduce((sum, [, input]) => sum + bytesOf(input).byteLength, 0);
  const [most, all] = [maxInputBytes, bytes].map(size => `${Math.round(size / 2 ** 20)} MiB`);
  if (bytes <= maxInputBytes) return undefined;
  const names = inputs.map(([name]) => name).join(', ');
  return `input ${names}: expected at most ${most} for one call, got ${all}; ask with fewer rows at a time`;
}
