/**
 * How far an answer may be from the reference: float32 as far as a GPU's own functions and another order of sums take it,
 * float16 a few units of its last place, integers not at all.
 *
 * @type {Record<string, {absolute: number, relative: number}>}
 */
const byDtype = {
  float32: {absolute: 2e-5, relative: 1e-3},
  float64: {absolute: 1e-12, relative: 1e-12},
  float16: {absolute: 2e-3, relative: 5e-3},
};

/**
 * The tolerance of a case: the widest of its outputs' dtypes, or its own.
 *
 * @param {Pick<import('./case.mjs').Case, 'outputs' | 'tolerance'>} one
 * @returns {import('./case.mjs').Tolerance}
 */
export function toleranceOf({outputs, tolerance}) {
  const all = Object.values(outputs).map(dtype => byDtype[dtype] ?? {absolute: 0, relative: 0});
  const widest = (/** @type {'absolute' | 'relative'} */ key) => Math.max(...all.map(one => one[key]));
  return {absolute: widest('absolute'), relative: widest('relative'), ...tolerance};
}
