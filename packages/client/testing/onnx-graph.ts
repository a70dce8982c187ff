import type {DType} from '@kedge/core';

/** TensorProto.DataType */
const dataTypes: Record<DType, number> = {
  ...{float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11},
  ...{uint32: 12, uint64: 13},
};

export interface Node {
  op: string;
  inputs: readonly string[];
  output: string | readonly string[];
  /** @default its operator and its place */
  name?: string;
}

type Specs = Record<string, readonly [dtype: DType, shape: readonly (number | string)[], kind?: 'sequence']>;

const text = (value: string) => [...new TextEncoder().encode(value)];

/** Protobuf, up to fields of 16 KiB. */
function field(number: number, content: readonly number[]): number[] {
  const {length} = content;
  return [number * 8 + 2, ...(length > 127 ? [(length & 127) | 128, length >> 7] : [length]), ...content];
}

function valueInfo(name: string, [dtype, shape, kind]: Specs[string]): number[] {
  const dimensions = shape.map(size => field(1, typeof size === 'number' ? [8, size] : field(2, text(size))));
  const tensor = [8, dataTypes[dtype], ...field(2, dimensions.flat())];
  const type = field(1, tensor);
  return [...field(1, text(name)), ...field(2, kind ? field(4, field(1, type)) : type)];
}

function nodeProto({op, inputs, output, name}: Node, i: number): number[] {
  const ins = inputs.flatMap(each => field(1, text(each)));
  const outs = [output].flat().flatMap(each => field(2, text(each)));
  return [...ins, ...outs, ...field(3, text(name ?? `${op}${i}`)), ...field(4, text(op))];
}

/** The bytes of an ONNX model of these nodes, opset 13. */
export function onnxGraph(nodes: readonly Node[], inputs: Specs, outputs: Specs): Uint8Array<ArrayBuffer> {
  const infos = (specs: Specs, number: number) =>
    Object.entries(specs).flatMap(([name, spec]) => field(number, valueInfo(name, spec)));
  const all = nodes.flatMap((node, i) => field(1, nodeProto(node, i)));
  const graph = [...all, ...field(2, text('g')), ...infos(inputs, 11), ...infos(outputs, 12)];
  return Uint8Array.from([8, 7, ...field(7, graph), ...field(8, [10, 0, 16, 13])]);
}
