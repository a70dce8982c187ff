// As little of the ONNX file format (a protocol buffer, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) as a test
// model needs: real files that a real runtime loads, of any size, without Python.

/** Numbers of `TensorProto.DataType`. */
export const onnxTypes = /** @type {const} */ ({float32: 1, int8: 3, int64: 7, float16: 10});

/** @typedef {keyof typeof onnxTypes} OnnxType */
/** @typedef {{name: string, type: OnnxType, shape: readonly (number | string)[]}} Value */
/** Where its bytes lie, if not in the model's own file. @typedef {{location: string, offset: number}} Place */
/** @typedef {{name: string, type: OnnxType, dims: readonly number[], data: Uint8Array, place?: Place | undefined}} Initializer */
/** @typedef {{op: string, inputs: readonly string[], outputs: readonly string[], attributes?: Record<string, number>}} Node */

/** @param {number} value @returns {Buffer} */
function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** @param {number} number @param {number} value */
const int = (number, value) => Buffer.concat([varint(number << 3), varint(value)]);

/** Large bodies are handed through, not copied. @param {number} number @param {readonly Uint8Array[]} parts */
function nested(number, parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Buffer.concat([varint((number << 3) | 2), varint(length)]), ...parts];
}

/** @param {number} number @param {string} value */
const text = (number, value) => nested(number, [Buffer.from(value)]);

/** @param {Value} value */
function valueInfo({name, type, shape}) {
  const dims = shape.flatMap(size => nested(1, typeof size === 'number' ? [int(1, size)] : text(2, size)));
  const tensor = [int(1, onnxTypes[type]), ...nested(2, dims)];
  return [...text(1, name), ...nested(2, nested(1, tensor))];
}

/** @param {Initializer} initializer */
function tensorProto({name, type, dims, data, place}) {
  const head = [...dims.map(size => int(1, size)), int(2, onnxTypes[type]), ...text(8, name)];
  return [...head, ...(place ? outside(place, data.length) : nested(9, [data]))];
}

/** @param {Place} place @param {number} length */
function outside({location, offset}, length) {
  const entries = Object.entries({location, offset: `${offset}`, length: `${length}`});
  const [tensorExternalData, tensorDataLocation, external] = [13, 14, 1];
  return [
    ...entries.flatMap(([key, value]) => nested(tensorExternalData, [...text(1, key), ...text(2, value)])),
    int(tensorDataLocation, external),
  ];
}

/** @param {Node} node */
function nodeProto({op, inputs, outputs, attributes = {}}) {
  const intAttribute = 2;
  return [
    ...inputs.flatMap(name => text(1, name)),
    ...outputs.flatMap(name => text(2, name)),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) =>
      nested(5, [...text(1, name), int(3, value), int(20, intAttribute)]),
    ),
  ];
}

/**
 * An ONNX model's bytes, opset 13. Initializers are written in the order given, so that the layers that a training touched
 * last can lie at the end of the file.
 *
 * @param {{inputs: readonly Value[], outputs: readonly Value[], initializers: readonly Initializer[], nodes: readonly Node[]}} graph
 * @returns {Buffer}
 */
export function onnxModel({inputs, outputs, initializers, nodes}) {
  const graph = [
    ...nodes.flatMap(node => nested(1, nodeProto(node))),
    ...text(2, 'g'),
    ...initializers.flatMap(initializer => nested(5, tensorProto(initializer))),
    ...inputs.flatMap(value => nested(11, valueInfo(value))),
    ...outputs.flatMap(value => nested(12, valueInfo(value))),
  ];
  return Buffer.concat([int(1, 8), ...nested(7, graph), ...nested(8, [int(2, 13)])]);
}
