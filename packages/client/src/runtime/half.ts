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
  // By so much less, its exponent as a float32 is that of a float16.
  const scaled = Math.min(Math.max(value, -65504), 65504) * 2 ** -112;
  const bits = new Uint32Array(Float32Array.of(scaled).buffer)[0]!;
  return ((bits >> 16) & 0x8000) | ((bits >> 13) & 0x7fff);
}
