import {describeTensor, type TensorSpec} from '@kedge/core';
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

/** And the least that a size may be. */
interface Sizes {
  symbols: Symbols;
  least: number;
}

type Side = 'input' | 'output';

/**
 * Says of inputs that do not fit, or of what the app's baseline gave for outputs: which, what was expected, what came, and what
 * to do. Undefined when nothing is found.
 */
export function mistakeIn(specs: readonly TensorSpec[], given: unknown, side: Side = 'input'): string | undefined {
  const why = mistakeOf(specs, given, side);
  return why && side === 'output' ? `the app's baseline: ${why}` : why;
}

function mistakeOf(specs: readonly TensorSpec[], given: unknown, side: Side): string | undefined {
  const names = specs.map(({name}) => name).join(', ') || 'typed arrays';
  if (!isByName(given))
    return `expected ${side}s by name (${names}), got ${kindOf(given)}${isLater(given) ? '; it must answer at once' : ''}`;
  const extra = Object.keys(given).find(name => specs.every(spec => spec.name !== name));
  if (extra !== undefined && specs.length > 0) return `no ${side} is named ${extra}; expected ${names}`;
  const symbols: Symbols = new Map();
  for (const spec of specs) {
    const got = mistake(spec, given[spec.name], {symbols, least: side === 'input' ? 1 : 0});
    if (got) return `${side} ${spec.name}: expected ${describeTensor(spec)}, got ${got}`;
  }
  if (specs.length === 0) return `expected typed arrays by name, or {data, shape}, got others`;
  return tooMuch(Object.entries(given), side) ?? oddValue(specs, given, side);
}

const isByName = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !ArrayBuffer.isView(given) && !isLater(given);

const isLater = (given: unknown) => typeof (given as {then?: unknown} | null)?.then === 'function';

/** Said by the page where no worker was asked. */
function oddValue(specs: readonly TensorSpec[], inputs: Record<string, unknown>, side: Side): string | undefined {
  for (const spec of specs) {
    const input = inputs[spec.name];
    const data = (ArrayBuffer.isView(input) ? input : (input as Given).data) as TensorData;
    const problem = wrongInput(spec, {dtype: spec.dtype, shape: [data.length], data});
    if (problem) return `${side} ${spec.name}: ${problem}`;
  }
  return undefined;
}

function mistake(spec: TensorSpec, input: unknown, sizes: Sizes): string | undefined {
  if (input === undefined || input === null) return 'nothing';
  const given: Given = isData(input) || !('data' in (input as Given)) ? {data: input} : input;
  const {data} = given;
  if (!isArrayOf(spec, data)) return `${kindOf(data)}; pass a ${wantedOf(spec)}`;
  if (isDetached(data.buffer)) return `a ${arrayOf(spec.dtype).name} whose buffer was transferred; pass a copy of it`;
  const shape = isData(input) ? shapeFor(spec, data.length) : given.shape;
  if (shape === undefined) return `${data.length} elements${openDimensions(spec)}`;
  if (!Array.isArray(shape)) return `a shape that is ${kindOf(shape)}; pass it as an array of numbers`;
  return mistakeOfShape(spec, shape as unknown[], data.length, sizes);
}

function mistakeOfShape(
  spec: TensorSpec,
  shape: unknown[],
  length: number,
  {symbols, least}: Sizes,
): string | undefined {
  const got = describeTensor({dtype: spec.dtype, shape: shape.map(String)});
  if (shape.length !== spec.shape.length) return got;
  for (const [i, expected] of spec.shape.entries()) {
    const size = shape[i];
    if (typeof expected === 'number' ? size !== expected : !(Number.isInteger(size) && (size as number) >= least))
      return size === 0 && least > 0 ? `${got}: it has no elements; leave such calls out` : got;
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
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
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

function tooMuch(inputs: readonly [string, unknown][], side: Side): string | undefined {
  const bytesOf = (input: unknown) => ((input as Given).data ?? input) as ArrayBufferView;
  const bytes = inputs.reduce((sum, [, input]) => sum + bytesOf(input).byteLength, 0);
  const [most, all] = [maxInputBytes, bytes].map(size => `${Math.round(size / 2 ** 20)} MiB`);
  if (bytes <= maxInputBytes) return undefined;
  const names = inputs.map(([name]) => name).join(', ');
  return `${side} ${names}: expected at most ${most} for one call, got ${all}; ask with fewer rows at a time`;
}
