import {type ElementType, KedgeError} from '@kedge/core';
import {type Field, fieldsOf, packedVarints, textOf} from './protobuf.js';
import type {RandomFile} from './random-file.js';

/** An initializer or constant: its bytes stand in the model file, or in another one that it names. */
export interface OnnxTensor {
  key: string;
  element: ElementType | undefined;
  /** As the model names it; undefined when the bytes are in the model file. */
  location: string | undefined;
  offset: number;
  /** Undefined: to the end of the external file. */
  bytes: number | undefined;
}

/** 64-bit types are rare and small, strings have no fixed size. */
function elementOf(dataType: number): ElementType | undefined {
  if (dataType === 1) return {width: 4, isFloat: true};
  if (dataType === 10 || dataType === 16) return {width: 2, isFloat: true};
  if (dataType === 6 || dataType === 12) return {width: 4, isFloat: false};
  if (dataType === 4 || dataType === 5) return {width: 2, isFloat: false};
  return [7, 8, 11, 13, 14, 15].includes(dataType) ? undefined : {width: 1, isFloat: false};
}

/** A TensorProto; `tensor` is undefined when it has no bytes of its own (strings, unpacked numbers). @throws KedgeError `model_invalid` */
export function readTensor(
  file: RandomFile,
  proto: Field,
  scope: string,
): {name: string; tensor: OnnxTensor | undefined} {
  const dims: number[] = [];
  let [name, dataType, isExternal] = ['', 0, false];
  let data: Field | undefined;
  const external = new Map<string, string>();
  for (const field of fieldsOf(file, proto.start, proto.end)) {
    if (field.number === 1) dims.push(...(field.isBytes ? packedVarints(file, field) : [field.value]));
    if (field.number === 2) dataType = field.value;
    if (field.number === 8) name = textOf(file, field);
    // raw_data, or packed float_data, whose bytes are the same; packed integers are varints, which are no elements.
    if (field.isBytes && (field.number === 9 || (field.number === 4 && dataType === 1))) data = field;
    if (field.number === 13) external.set(...readEntry(file, field));
    if (field.number === 14) isExternal = field.value === 1;
  }
  const key = `${scope}${name} ${dataType} [${dims.join(',')}]`;
  const element = elementOf(dataType);
  if (isExternal) return {name, tensor: {key, element, ...placeOf(file, name, external)}};
  const own = data && {key, element, location: undefined, offset: data.start, bytes: data.end - data.start};
  return {name, tensor: own};
}

function readEntry(file: RandomFile, entry: Field): [key: string, value: string] {
  const texts = new Map([...fieldsOf(file, entry.start, entry.end)].map(field => [field.number, field]));
  const text = (number: number) => (texts.has(number) ? textOf(file, texts.get(number)!) : '');
  return [text(1), text(2)];
}

function placeOf(file: RandomFile, name: string, entries: ReadonlyMap<string, string>) {
  const location = entries.get('location');
  const [offset, bytes] = [entries.get('offset') ?? '0', entries.get('length')].map(text =>
    text === undefined ? undefined : Number(text),
  );
  const isCount = (value: number | undefined) => value === undefined || (Number.isSafeInteger(value) && value >= 0);
  if (location !== undefined && isCount(offset) && isCount(bytes)) return {location, offset: offset!, bytes};
  throw new KedgeError(
    'model_invalid',
    `${file.path}: tensor ${name}: expected external data with location, offset and length, got ${JSON.stringify(Object.fromEntries(entries))}`,
  );
}
