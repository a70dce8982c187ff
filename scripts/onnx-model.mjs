// Generated ONNX models, for tests and benches.

/** @typedef {'float32' | 'float16' | 'bfloat16' | 'int8'} WeightType */

/**
 * A weight matrix of a test model, as its bytes; `external` puts them into another file, `unpacked` into packed float_data,
 * as small exporters do.
 *
 * @typedef {object} Layer
 * @property {number} rows
 * @property {number} columns
 * @property {WeightType} type
 * @property {Uint8Array} data
 * @property {{location: string, offset: number}} [external]
 * @property {boolean} [unpacked]
 */

const dataTypes = {float32: 1, int8: 3, float16: 10, bfloat16: 16};

/** @param {number} value @returns {number[]} */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** @param {string} value */
const text = value => Buffer.from(value);

/** @param {number} field @param {number} value */
const number = (field, value) => Uint8Array.from([...varint(field * 8), ...varint(value)]);

/** @param {number} field @param {Uint8Array[]} parts */
function bytes(field, ...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]), ...parts]);
}

/** @param {string} key @param {string} value */
const entry = (key, value) => bytes(13, bytes(1, text(key)), bytes(2, text(value)));

/** @param {string} name @param {Layer} layer */
function tensor(name, {rows, columns, type, data, external, unpacked}) {
  const head = [number(1, rows), number(1, columns), number(2, dataTypes[type])];
  if (unpacked) return bytes(5, ...head, bytes(4, data), bytes(8, text(name)));
  if (!external) return bytes(5, ...head, bytes(8, text(name)), bytes(9, data));
  const {location, offset} = external;
  const place = [entry('location', location), entry('offset', `${offset}`), entry('length', `${data.length}`)];
  return bytes(5, ...head, bytes(8, text(name)), ...place, number(14, 1));
}

/** @param {string} op @param {string[]} inputs @param {string} output @param {Uint8Array[]} attributes */
function node(op, inputs, output, ...attributes) {
  const ends = [...inputs.map(input => bytes(1, text(input))), bytes(2, text(output))];
  return bytes(1, ...ends, bytes(4, text(op)), ...attributes.map(attribute => bytes(5, attribute)));
}

/** @typedef {readonly (number | string | null)[]} Shape null for a size without a name */

/** Without a shape none is stated. @param {number} field @param {string} name @param {Shape} [shape] @param {WeightType} [dtype] */
function value(field, name, shape, dtype = 'float32') {
  const dims = shape?.map(size => {
    if (size === null) return bytes(1);
    return bytes(1, typeof size === 'number' ? number(1, size) : bytes(2, text(size)));
  });
  const type = bytes(1, number(1, dataTypes[dtype]), ...(dims ? [bytes(2, ...dims)] : []));
  return bytes(field, bytes(1, text(name)), bytes(2, type));
}

/** A scalar float32 whose bytes stand in its float_data. @param {string} name @param {number} of */
const scalar = (name, of) =>
  bytes(5, number(2, 1), bytes(4, new Uint8Array(Float32Array.of(of).buffer)), bytes(8, text(name)));

/** What brings a weight to float32. @param {Layer} layer @param {number} i */
function widened({type}, i) {
  if (type === 'float32') return {name: `w${i}`, nodes: [], initializers: []};
  if (type === 'int8')
    return {
      ...{name: `f${i}`, nodes: [node('DequantizeLinear', [`w${i}`, `s${i}`], `f${i}`)]},
      initializers: [scalar(`s${i}`, 0.01)],
    };
  const to = Buffer.concat([bytes(1, text('to')), number(3, 1), number(20, 2)]);
  return {name: `f${i}`, nodes: [node('Cast', [`w${i}`], `f${i}`, to)], initializers: []};
}

/**
 * An ONNX model that multiplies `x` float32[batch, rows] with each layer in turn, giving `y`.
 *
 * @param {readonly Layer[]} layers
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function onnxModel(layers) {
  const [nodes, initializers] = [/** @type {Uint8Array[]} */ ([]), /** @type {Uint8Array[]} */ ([])];
  for (const [i, layer] of layers.entries()) {
    const {name, nodes: own, initializers: scales} = widened(layer, i);
    const output = i === layers.length - 1 ? 'y' : `h${i}`;
    nodes.push(...own, node('MatMul', [i === 0 ? 'x' : `h${i - 1}`, name], output));
    initializers.push(tensor(`w${i}`, layer), ...scales);
  }
  const [first, last] = [layers[0], layers.at(-1)];
  if (!first || !last) throw new TypeError('a model has layers');
  const ends = [value(11, 'x', ['batch', first.rows]), value(12, 'y', ['batch', last.columns])];
  return modelOf(...nodes, bytes(2, text('g')), ...initializers, ...ends);
}

/**
 * An ONNX model of one operator that gives `y`, and says of its inputs and of `y` what it is told to say.
 *
 * @param {string} op
 * @param {Record<string, Shape>} inputs
 * @param {Shape} [output] left out: not stated
 * @param {WeightType} [dtype] of all of them
 */
export function operatorModel(op, inputs, output, dtype) {
  const ends = Object.entries(inputs).map(([name, shape]) => value(11, name, shape, dtype));
  return modelOf(node(op, Object.keys(inputs), 'y'), bytes(2, text('g')), ...ends, value(12, 'y', output, dtype));
}

/** @param {Uint8Array[]} graph @returns {Uint8Array<ArrayBuffer>} */
function modelOf(...graph) {
  const opset = bytes(8, bytes(1), number(2, 13));
  return new Uint8Array(Buffer.concat([number(1, 8), bytes(2, text('kedge test')), bytes(7, ...graph), opset]));
}

/**
 * Numbers of a normal distribution, the same for the same seed: Box and Muller over Mulberry32.
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function normals(seed) {
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

const deviation = 0.05;

/** @param {number} count @param {number} seed */
export function weights(count, seed) {
  const next = normals(seed);
  return new Float32Array(count).map(() => deviation * next());
}

/**
 * Every weight moved by a normal step of `relative` times the weights' deviation, as a fine-tune does.
 *
 * @param {Float32Array} values
 * @param {number} relative
 * @param {number} seed
 */
export function tuned(values, relative, seed) {
  const next = normals(seed);
  return values.map(one => one + deviation * relative * next());
}

/** IEEE 754 half of a float32's bits, rounded to nearest; what is too small for a normal one becomes zero. @param {number} bits */
function toHalf(bits) {
  const rounded = bits + 0xfff + ((bits >>> 13) & 1);
  const exponent = ((rounded >>> 23) & 0xff) - 112;
  return ((bits >>> 16) & 0x8000) | (exponent <= 0 ? 0 : (exponent << 10) | ((rounded >>> 13) & 0x3ff));
}

/**
 * Floats as a layer's bytes; int8 by one scale that both versions of a model share.
 *
 * @param {Float32Array} values
 * @param {WeightType} type
 * @returns {Uint8Array}
 */
export function encode(values, type) {
  const {buffer, byteOffset, length} = values;
  if (type === 'float32') return new Uint8Array(buffer, byteOffset, length * 4);
  // Loops: `from` with a function takes seconds for a million numbers.
  if (type === 'int8') return new Uint8Array(Int8Array.from(values.map(toInt8)).buffer);
  const halves = new Uint16Array(length);
  const bits = new Uint32Array(buffer, byteOffset, length);
  for (let i = 0; i < length; i++) halves[i] = type === 'float16' ? toHalf(bits[i] ?? 0) : (bits[i] ?? 0) >>> 16;
  return new Uint8Array(halves.buffer);
}

/** @param {number} value */
const toInt8 = value => Math.max(-127, Math.min(127, Math.round((value * 127) / (4.8 * deviation))));
