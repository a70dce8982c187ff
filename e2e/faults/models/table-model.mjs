import {onnxModel} from './onnx-writer.mjs';

export const layers = 8;

/** @typedef {'float32' | 'float16' | 'int8'} Weight */
const width = {float32: 4, float16: 2, int8: 1};

/**
 * A model of any size whose every byte can be asked for: `y[i] = table_i[x]`, eight tables, one after the other in the file.
 * A wrong byte anywhere in it is a wrong number, and the right numbers are known without running it.
 *
 * @typedef {object} TableModel
 * @property {Buffer} bytes the ONNX file
 * @property {number} rows entries of each table; `x` counts from 0
 * @property {(x: number) => number[]} answer what the model gives for `x`
 * @property {ReadonlyMap<string, readonly Uint8Array[]>} files its weights, where they lie outside, by the name of their file
 */

/**
 * @param {readonly Float32Array[]} tables eight of one length
 * @param {Weight} [type] how they are stored
 * @param {number} [outside] over how many files beside the model's the tables are spread
 * @returns {TableModel}
 */
export function tableModel(tables, type = 'float32', outside = 0) {
  const rows = tables[0]?.length ?? 0;
  const stored = tables.map(table => encode(table, type));
  /** @type {Map<string, Uint8Array[]>} */
  const files = new Map();
  const placed = stored.map(({data}, i) => {
    if (outside === 0) return undefined;
    const location = `weights${Math.floor((i * outside) / tables.length)}.bin`;
    const before = files.get(location) ?? [];
    files.set(location, [...before, data]);
    return {location, offset: before.reduce((sum, {length}) => sum + length, 0)};
  });
  const cast = type === 'float32' ? [] : tables.map((_, i) => cast32(`raw${i}`, `y${i}`));
  const bytes = onnxModel({
    inputs: [{name: 'x', type: 'float32', shape: ['batch', 1]}],
    outputs: [{name: 'y', type: 'float32', shape: ['batch', tables.length]}],
    initializers: stored.map(({data}, i) => ({name: `table${i}`, type, dims: [rows], data, place: placed[i]})),
    nodes: [
      {op: 'Cast', inputs: ['x'], outputs: ['at'], attributes: {to: 7}},
      ...tables.map((_, i) => ({
        op: 'Gather',
        inputs: [`table${i}`, 'at'],
        outputs: [type === 'float32' ? `y${i}` : `raw${i}`],
        attributes: {axis: 0},
      })),
      ...cast,
      {op: 'Concat', inputs: tables.map((_, i) => `y${i}`), outputs: ['y'], attributes: {axis: 1}},
    ],
  });
  return {bytes, rows, files, answer: x => stored.map(({value}) => value(x))};
}

/** @param {string} from @param {string} to */
const cast32 = (from, to) => ({op: 'Cast', inputs: [from], outputs: [to], attributes: {to: 1}});

/** @param {Float32Array} table @param {Weight} type @returns {{data: Uint8Array, value: (x: number) => number}} */
function encode(table, type) {
  if (type === 'float32') return {data: bytesOf(table), value: x => Number(table[x])};
  if (type === 'int8') {
    const quantized = new Int8Array(table.length);
    for (let i = 0; i < table.length; i++)
      quantized[i] = Math.max(-128, Math.min(127, Math.round(Number(table[i]) * 40)));
    return {data: bytesOf(quantized), value: x => Number(quantized[x])};
  }
  const halves = new Uint16Array(table.length);
  for (let i = 0; i < table.length; i++) halves[i] = toHalf(Number(table[i]));
  return {data: bytesOf(halves), value: x => fromHalf(Number(halves[x]))};
}

/** @param {Float32Array | Int8Array | Uint16Array} array */
const bytesOf = array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Truncated to 11 bits of precision; what is too small becomes zero. @param {number} value */
function toHalf(value) {
  float[0] = value;
  const all = Number(bits[0]);
  const exponent = ((all >>> 23) & 0xff) - 112;
  if (exponent <= 0) return 0;
  return ((all >>> 16) & 0x8000) | (Math.min(exponent, 30) << 10) | ((all >>> 13) & 0x3ff);
}

/** @param {number} half */
function fromHalf(half) {
  const exponent = (half >> 10) & 31;
  if (exponent === 0) return 0;
  return (half & 0x8000 ? -1 : 1) * 2 ** (exponent - 15) * (1 + (half & 0x3ff) / 1024);
}

/**
 * Weights as training leaves them, roughly normal, the same for the same seed; no compressor makes them much smaller.
 *
 * @param {number} modelBytes of the float32 model, about
 * @param {number} seed
 * @returns {Float32Array[]}
 */
export function randomTables(modelBytes, seed) {
  const rows = Math.floor(modelBytes / layers / width.float32);
  return Array.from({length: layers}, (_, i) => normals(rows, seed * 100 + i));
}

/** @param {number} count @param {number} seed */
export function normals(count, seed) {
  const random = generator(seed);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = random() + random() + random() + random() - 2;
  return values;
}

/**
 * Numbers in [0, 1) that a seed decides: a xorshift of 32 bits (Marsaglia, "Xorshift RNGs", 2003).
 *
 * @param {number} seed
 */
export function generator(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
