import {fromHalf} from './tensors.mjs';

/**
 * @typedef {import('./case.mjs').Tensor} Tensor
 * @typedef {object} Difference of all outputs of a case
 * @property {number} absolute the largest
 * @property {number} relative the largest among elements that are at least a thousandth of their output's largest
 * @property {string | null} wrong the first element beyond the tolerance, in words
 */

/** Smaller elements have no relative difference that means anything. */
const countsFrom = 1e-3;

/** @param {Tensor} tensor */
const numbers = ({dtype, data}) =>
  Float64Array.from(/** @type {ArrayLike<any>} */ (data), one => (dtype === 'float16' ? fromHalf(one) : Number(one)));

/**
 * @param {Record<string, Tensor>} expected @param {Record<string, Tensor | undefined>} got
 * @param {import('./case.mjs').Tolerance} tolerance
 * @returns {Difference}
 */
export function compare(expected, got, tolerance) {
  const all = Object.entries(expected).map(([name, tensor]) => compareOne(name, tensor, got[name], tolerance));
  return {
    absolute: Math.max(...all.map(({absolute}) => absolute)),
    relative: Math.max(...all.map(({relative}) => relative)),
    wrong: all.find(({wrong}) => wrong)?.wrong ?? null,
  };
}

/** @param {string} name @param {Tensor} expected @param {Tensor | undefined} got @param {import('./case.mjs').Tolerance} tolerance @returns {Difference} */
function compareOne(name, expected, got, {absolute, relative}) {
  const form = (/** @type {Tensor} */ {dtype, shape}) => `${dtype}[${shape.join(', ')}]`;
  if (!got || form(got) !== form(expected))
    return {
      absolute: Infinity,
      relative: Infinity,
      wrong: `${name}: ${form(expected)} expected, ${got ? form(got) : 'nothing'} got`,
    };
  const [want, have] = [numbers(expected), numbers(got)];
  const largest = want.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  /** @type {Difference} */
  const found = {absolute: 0, relative: 0, wrong: null};
  for (let i = 0; i < want.length; i++) {
    const [w, h] = [/** @type {number} */ (want[i]), /** @type {number} */ (have[i])];
    // 64-bit integers differ by what a number can't hold.
    const difference = exact(expected.data[i], got.data[i]) ?? distance(w, h);
    found.absolute = Math.max(found.absolute, difference);
    if (Math.abs(w) >= largest * countsFrom && w !== 0)
      found.relative = Math.max(found.relative, difference / Math.abs(w));
    if (difference === Infinity || difference > absolute + relative * Math.abs(w))
      found.wrong ??= `${name}[${i}]: ${w} expected, ${h} got`;
  }
  return found;
}

/** NaN and infinity are near to themselves alone. @param {number} want @param {number} have */
function distance(want, have) {
  if (Object.is(want, have)) return 0;
  return Number.isFinite(want) && Number.isFinite(have) ? Math.abs(have - want) : Infinity;
}

/** @param {number | bigint | undefined} want @param {number | bigint | undefined} have */
function exact(want, have) {
  return typeof want === 'bigint' && typeof have === 'bigint' ? Math.abs(Number(have - want)) : undefined;
}
