/** @typedef {import('@kedge/client/runtime').Tensor} Tensor @typedef {import('@kedge/core').DType} DType */

/** @type {Record<DType, any>} */
const arrays = {
  ...{float32: Float32Array, float64: Float64Array, float16: Uint16Array, bool: Uint8Array},
  ...{int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array},
  ...{uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array},
};

const isBig = (/** @type {DType} */ dtype) => dtype === 'int64' || dtype === 'uint64';
const product = (/** @type {readonly number[]} */ shape) => shape.reduce((size, one) => size * one, 1);

/**
 * A tensor of these values; `float16` from numbers.
 *
 * @param {DType} dtype @param {readonly number[]} shape @param {Iterable<number | bigint>} values @returns {Tensor}
 */
export function tensor(dtype, shape, values) {
  const list = [...values];
  if (list.length !== product(shape)) throw new Error(`${list.length} values for ${dtype}[${shape.join(', ')}]`);
  const stored = list.map(value =>
    isBig(dtype) ? BigInt(value) : dtype === 'float16' ? toHalf(Number(value)) : Number(value),
  );
  return {dtype, shape: [...shape], data: arrays[dtype].from(stored)};
}

/** One-dimensional, or a scalar. @param {...number} values */
export const f32 = (...values) => tensor('float32', [values.length], values);
/** @param {...number} values */
export const i64 = (...values) => tensor('int64', [values.length], values);
/** @param {DType} dtype @param {number | bigint} value */
export const scalar = (dtype, value) => tensor(dtype, [], [value]);

/** The same numbers at every run (mulberry32). @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

let seeds = 0;

/**
 * Evenly spread values of [low, high); every call gives others, every run the same.
 *
 * @param {readonly number[]} shape @param {{low?: number, high?: number, dtype?: DType}} [options]
 */
export function random(shape, {low = -1, high = 1, dtype = 'float32'} = {}) {
  const next = generator(++seeds);
  const isFloat = dtype.startsWith('float');
  return tensor(
    dtype,
    shape,
    Array.from({length: product(shape)}, () => {
      const value = low + next() * (high - low);
      return isFloat ? value : Math.floor(value);
    }),
  );
}

/** Evenly spaced values from low to high, both in. @param {number} low @param {number} high @param {number} count @param {DType} [dtype] */
export function ramp(low, high, count, dtype = 'float32') {
  return tensor(
    dtype,
    [count],
    Array.from({length: count}, (_, i) => low + ((high - low) * i) / (count - 1)),
  );
}

const one = new DataView(new ArrayBuffer(4));

/** The bits of the nearest float16, ties to even. @param {number} value */
export function toHalf(value) {
  one.setFloat32(0, value);
  const bits = one.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundTiesEven(Math.abs(Math.fround(value)) * 2 ** 24);
  const half = (magnitude - 0x38000000) / 2 ** 13;
  return sign | roundTiesEven(half);
}

/** @param {number} value */
function roundTiesEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/** @param {number} bits of a float16 */
export function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : (2 ** -14 * fraction) / 1024);
}
