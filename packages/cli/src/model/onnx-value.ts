import type {FoundTensor} from '../pack/specs.js';
import {type Field, fieldsOf, textOf} from './protobuf.js';
import type {RandomFile} from './random-file.js';

// TensorProto.DataType by number: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const dtypes: Record<number, string> = {
  ...{1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 8: 'string', 9: 'bool'},
  ...{10: 'float16', 11: 'float64', 12: 'uint32', 13: 'uint64', 16: 'bfloat16'},
};

/** An input or output; a file may leave out its shape, which is another thing than one without dimensions. */
export interface OnnxValue {
  name: string;
  dtype: string;
  shape?: FoundTensor['shape'];
}

/** A ValueInfoProto. @throws KedgeError `model_invalid` */
export function readValue(file: RandomFile, value: Field): OnnxValue {
  const found: OnnxValue = {name: '', dtype: 'no tensor'};
  for (const field of fieldsOf(file, value.start, value.end)) {
    if (field.number === 1) found.name = textOf(file, field);
    if (field.number === 2)
      for (const type of fieldsOf(file, field.start, field.end))
        if (type.number === 1 && type.isBytes) Object.assign(found, readTensorType(file, type));
  }
  return found;
}

function readTensorType(file: RandomFile, type: Field): Omit<OnnxValue, 'name'> {
  let dtype = 'no tensor';
  let shape: FoundTensor['shape'] | undefined;
  for (const field of fieldsOf(file, type.start, type.end)) {
    if (field.number === 1) dtype = dtypes[field.value] ?? `type ${field.value}`;
    if (field.number === 2) shape = [...fieldsOf(file, field.start, field.end)].map(dim => readDimension(file, dim));
  }
  return {dtype, ...(shape && {shape})};
}

function readDimension(file: RandomFile, dim: Field): number | string | null {
  for (const field of fieldsOf(file, dim.start, dim.end)) {
    if (field.number === 1 && !field.isBytes) return field.value;
    if (field.number === 2 && field.isBytes) return textOf(file, field);
  }
  return null;
}
