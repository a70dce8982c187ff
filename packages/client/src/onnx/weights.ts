/** Smaller tensors stay where they are: the runtime looks into some of them while it reads the model. */
const leastBytes = 64 * 1024;

/** Field numbers of onnx.proto (ONNX IR version 3 and later). */
const modelGraph = 7;
const graphInitializer = 5;
const tensorRawData = 9;
const tensorExternalData = 13;
const tensorDataLocation = 14;
const external = 1;
const [entryKey, entryValue] = [1, 2];

/**
 * A model without its large weights, each of which names its place in the file that it came in. onnxruntime copies such a
 * weight once, from the file to where it stays; of a model in one file it holds three copies while it reads it, which for
 * 200 MB takes as long as reading them from the disk.
 *
 * The formats: Protocol Buffers encoding, and "External data" of the ONNX specification.
 *
 * @param file a ModelProto
 * @param location what the weights call the file
 * @returns a ModelProto; undefined where there is nothing to gain, or the file is none that is understood
 */
export function withWeightsOutside(file: Uint8Array, location: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    let moved = false;
    const tensor = (field: Field) => {
      const without = weightOutside(file, field, location);
      moved ||= without !== undefined;
      return without;
    };
    const model = rewritten(file, {begin: 0, end: file.length}, modelGraph, graph =>
      rewritten(file, graph, graphInitializer, tensor),
    );
    return moved ? joined(model) : undefined;
  } catch {
    return undefined;
  }
}

type Parts = Uint8Array[];
interface Span {
  begin: number;
  end: number;
}

/** A field of a message, and what it holds. */
interface Field extends Span {
  number: number;
  /** Where its tag begins. */
  from: number;
}

/** A message in which each field of one number is what `change` makes of it; what that leaves, and every other, is as it was. */
function rewritten(
  file: Uint8Array,
  message: Span,
  number: number,
  change: (field: Field) => Parts | undefined,
): Parts {
  const parts: Parts = [];
  for (const field of fieldsOf(file, message)) {
    const changed = field.number === number ? change(field) : undefined;
    if (changed) parts.push(...delimited(number, changed));
    else parts.push(file.slice(field.from, field.end));
  }
  return parts;
}

function weightOutside(file: Uint8Array, tensor: Span, location: string): Parts | undefined {
  const fields = [...fieldsOf(file, tensor)];
  const raw = fields.find(({number}) => number === tensorRawData);
  if (!raw || raw.end - raw.begin < leastBytes || fields.some(({number}) => number === tensorDataLocation))
    return undefined;
  const place = {location, offset: `${raw.begin}`, length: `${raw.end - raw.begin}`};
  return [
    ...fields.filter(field => field !== raw).map(({from, end}) => file.slice(from, end)),
    ...Object.entries(place).flatMap(([key, value]) =>
      delimited(tensorExternalData, [...delimited(entryKey, [text(key)]), ...delimited(entryValue, [text(value)])]),
    ),
    Uint8Array.from([...varint(tensorDataLocation * 8), external]),
  ];
}

/** @throws RangeError where it is no message */
function* fieldsOf(file: Uint8Array, {begin, end}: Span): Generator<Field> {
  for (let at = begin; at < end;) {
    const from = at;
    const [tag, afterTag] = readVarint(file, at);
    const [size, start] = sizeOf(file, tag % 8, afterTag);
    at = start + size;
    if (at > end) throw new RangeError(`a field ends at ${at}, its message at ${end}`);
    yield {number: Math.floor(tag / 8), from, begin: start, end: at};
  }
}

/** @returns how many bytes a value has, and where it begins */
function sizeOf(file: Uint8Array, wireType: number, at: number): [size: number, begin: number] {
  if (wireType === 2) return readVarint(file, at);
  if (wireType === 0) return [readVarint(file, at)[1] - at, at];
  if (wireType === 1) return [8, at];
  if (wireType === 5) return [4, at];
  throw new RangeError(`wire type ${wireType}`);
}

function readVarint(file: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = file.at(at++);
    if (byte === undefined) throw new RangeError('a number ends with the file');
    value += (byte % 128) * scale;
    if (byte < 128) return [value, at];
  }
}

function varint(value: number): number[] {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

function delimited(number: number, content: Parts): Parts {
  return [Uint8Array.from([...varint(number * 8 + 2), ...varint(lengthOf(content))]), ...content];
}

const encoder = new TextEncoder();
const text = (value: string) => encoder.encode(value);
const lengthOf = (parts: Parts) => parts.reduce((sum, {length}) => sum + length, 0);

function joined(parts: Parts): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
