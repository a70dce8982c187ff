// Writes ONNX models: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto in the wire format of
// https://protobuf.dev/programming-guides/encoding/. Only what the cases need.

/**
 * @typedef {import('@kedge/client/runtime').Tensor} Tensor
 * @typedef {import('@kedge/core').DType} DType
 * @typedef {number | string | number[] | string[] | Tensor | Graph | Float} Attribute an integer unless it is a `Float`
 * @typedef {{op: string, inputs: (string | undefined)[], outputs: string[], attributes?: Record<string, Attribute> | undefined, domain?: string | undefined}} Node
 * @typedef {object} Graph
 * @property {Node[]} nodes
 * @property {Record<string, Tensor>} [inputs] what is fed; only dtype and shape are written
 * @property {Record<string, Tensor>} [weights]
 * @property {Record<string, DType>} outputs
 */

/** TensorProto.DataType @type {Record<DType, number>} */
const dataTypes = {
  ...{float32: 1, uint8: 2, int8: 3, uint16: 4, int16: 5, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11},
  ...{uint32: 12, uint64: 13},
};

/** The number of a dtype, for attributes such as `to` of Cast. @param {DType} dtype */
export const dataTypeOf = dtype => dataTypes[dtype];

/** A floating-point attribute; JavaScript's 1 would be an integer. */
export class Float {
  /** @param {number | number[]} value */
  constructor(value) {
    this.value = value;
  }
}

/** @param {number | number[]} value */
export const float = value => new Float(value);

/** @param {number | bigint} value @returns {number[]} */
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** @param {number} field @param {number | bigint} value */
const integer = (field, value) => Uint8Array.from([...varint(field * 8), ...varint(value)]);

/** @param {number} field @param {Uint8Array | string} value */
function bytes(field, value) {
  const content = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return join([Uint8Array.from([...varint(field * 8 + 2), ...varint(content.length)]), content]);
}

/** @param {number} field @param {number} value */
function float32(field, value) {
  const out = new Uint8Array(5);
  out[0] = field * 8 + 5;
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}

/** @param {readonly Uint8Array[]} parts */
function join(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** TensorProto @param {string} name @param {Tensor} tensor */
function tensorProto(name, {dtype, shape, data}) {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const dims = shape.map(size => integer(1, size));
  return join([...dims, integer(2, dataTypes[dtype]), bytes(8, name), bytes(9, raw)]);
}

/** ValueInfoProto @param {string} name @param {DType} dtype @param {readonly number[]} [shape] */
function valueInfo(name, dtype, shape) {
  const dims = shape && bytes(2, join(shape.map(size => bytes(1, integer(1, size)))));
  const type = bytes(1, join([integer(1, dataTypes[dtype]), ...(dims ? [dims] : [])]));
  return join([bytes(1, name), bytes(2, type)]);
}

/** AttributeProto @param {string} name @param {Attribute} value */
function attribute(name, value) {
  const [type, ...content] = attributeContent(value);
  return join([bytes(1, name), integer(20, /** @type {number} */ (type)), .../** @type {Uint8Array[]} */ (content)]);
}

/** Its AttributeType and fields. @param {Attribute} value @returns {[number, ...Uint8Array[]]} */
function attributeContent(value) {
  if (value instanceof Float)
    return Array.isArray(value.value) ? [6, ...value.value.map(one => float32(7, one))] : [1, float32(2, value.value)];
  if (typeof value === 'number') return [2, integer(3, value)];
  if (typeof value === 'string') return [3, bytes(4, value)];
  if (Array.isArray(value))
    return typeof value[0] === 'string'
      ? [8, ...value.map(one => bytes(9, String(one)))]
      : [7, ...value.map(one => integer(8, Number(one)))];
  return 'nodes' in value ? [5, bytes(6, graphProto(value))] : [4, bytes(5, tensorProto('', value))];
}

/** NodeProto @param {Node} node @param {number} i */
function nodeProto({op, inputs, outputs, attributes = {}, domain}, i) {
  return join([
    ...inputs.map(name => bytes(1, name ?? '')),
    ...outputs.map(name => bytes(2, name)),
    bytes(3, `${op}${i}`),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    ...(domain ? [bytes(7, domain)] : []),
  ]);
}

/** GraphProto @param {Graph} graph @returns {Uint8Array} */
function graphProto({nodes, inputs = {}, weights = {}, outputs}) {
  return join([
    ...nodes.map((node, i) => bytes(1, nodeProto(node, i))),
    bytes(2, 'g'),
    ...Object.entries(weights).map(([name, tensor]) => bytes(5, tensorProto(name, tensor))),
    ...Object.entries(inputs).map(([name, {dtype, shape}]) => bytes(11, valueInfo(name, dtype, shape))),
    ...Object.entries(outputs).map(([name, dtype]) => bytes(12, valueInfo(name, dtype))),
  ]);
}

/**
 * The bytes of a model.
 *
 * @param {Graph} graph
 * @param {number} opset version of the standard operators; the newest IR that onnxruntime 1.30 reads with all of them is 10
 */
export function onnxModel(graph, opset) {
  const imports = [
    ['', opset],
    ['com.microsoft', 1],
  ].map(([domain, version]) => bytes(8, join([bytes(1, String(domain)), integer(2, Number(version))])));
  return join([integer(1, 10), ...imports, bytes(2, 'kedge'), bytes(7, graphProto(graph))]);
}
