/** A float16 from its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

/** The bits of a float16: digits beyond it are cut, what is too small is zero, and what is too large its largest. */
export function toHalf(value: number): number {
  let half = 0;
  // Bits of positive ones are in the order of their numbers.
  for (let bit = 1 << 14; bit; bit >>= 1) if (halfToNumber(half | bit) <= Math.abs(value)) half |= bit;
  return value < 0 ? half | 0x8000 : half;
}
