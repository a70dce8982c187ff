import {logGamma} from './log-gamma.js';

const epsilon = 2 ** -53;
const tiny = 1e-300;
const maxTerms = 100_000;

/** `x^a e^-x / Γ(a)`, the factor that both expansions share. */
const prefix = (a: number, x: number) => Math.exp(a * Math.log(x) - x - logGamma(a));

/** Series for P, good left of the mean (DLMF 8.11.4). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < maxTerms && term > sum * epsilon; n++) sum += term *= x / (a + n);
  return sum * prefix(a, x);
}

/** Continued fraction for Q by Lentz's method, good right of the mean (DLMF 8.9.2). */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < maxTerms; i++) {
    const numerator = i * (a - i);
    b += 2;
    d = 1 / (numerator * d + b || tiny);
    c = b + numerator / c || tiny;
    h *= d * c;
    if (Math.abs(d * c - 1) <= 2 * epsilon) break;
  }
  return h * prefix(a, x);
}

/** Regularised lower incomplete gamma function P(a, x), for `a > 0` and `x >= 0`; NaN outside. */
export function gammaP(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return NaN;
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/**
 * Regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x), for `a > 0` and `x >= 0`; NaN outside. Computed
 * itself and not as a difference, so that a tail of 1e-300 keeps its digits.
 */
export function gammaQ(a: number, x: number): number {
  if (!(a > 0) || !(x >= 0)) return NaN;
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}
