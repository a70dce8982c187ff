import {gearTable} from './gear.js';

/** Sizes in bytes. */
export interface ChunkSizes {
  min: number;
  /** A power of two. */
  average: number;
  max: number;
}

/** What `kedge pack` cuts with: a request of a few chunks is worth its latency, and one changed layer costs little. */
export const chunkSizes: ChunkSizes = {min: 128 * 1024, average: 512 * 1024, max: 2 * 1024 * 1024};

/** Signed, like the hash: integers throughout are several times faster than sums of numbers above 2^31. */
const gear = new Int32Array(gearTable().buffer);

/** The upper `bits` of 32: the ones that depend on the most bytes. */
const highBits = (bits: number) => (bits === 0 ? 0 : -1 << (32 - bits));

/**
 * Where the chunk that begins at `start` ends, between `start` and `end`.
 *
 * FastCDC (Xia et al., USENIX ATC 2016, https://www.usenix.org/conference/atc16/technical-sessions/presentation/xia):
 * a gear hash, nothing hashed before `min`, normalised chunking of level 2 (a mask two bits stricter up to the average
 * size, two bits looser after it), with 32-bit hashes and masks of the upper bits.
 */
export function cutPoint(bytes: Uint8Array, start: number, end: number, sizes: ChunkSizes = chunkSizes): number {
  if (end - start <= sizes.min) return end;
  const bits = Math.log2(sizes.average);
  const normal = Math.min(end, start + sizes.average);
  const last = Math.min(end, start + sizes.max);
  const strict = highBits(bits + 2);
  const loose = highBits(bits - 2);
  let hash = 0;
  let at = start + sizes.min;
  for (; at < normal; at++) {
    hash = ((hash << 1) + gear[bytes[at]!]!) | 0;
    if ((hash & strict) === 0) return at + 1;
  }
  for (; at < last; at++) {
    hash = ((hash << 1) + gear[bytes[at]!]!) | 0;
    if ((hash & loose) === 0) return at + 1;
  }
  return last;
}

/**
 * Content-defined chunks of a stream, in order; holds at most one chunk and one piece of the source.
 *
 * @param borders offsets above 0, ascending, at which a chunk ends in any case
 */
export async function* chunksOf(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  sizes: ChunkSizes = chunkSizes,
  borders: readonly number[] = [],
): AsyncGenerator<Uint8Array> {
  const ends = borders[Symbol.iterator]();
  let held: Uint8Array = new Uint8Array();
  /** Where `held` begins in the source; where the next chunk begins in `held`; the next border in the source. */
  let [base, at, border] = [0, 0, ends.next().value ?? Infinity];
  const cut = (): Uint8Array => {
    const end = cutPoint(held, at, Math.min(held.length, border - base), sizes);
    if (base + end === border) border = ends.next().value ?? Infinity;
    return held.subarray(at, (at = end));
  };
  for await (const piece of source) {
    held = at === held.length ? piece : Buffer.concat([held.subarray(at), piece]);
    [base, at] = [base + at, 0];
    // A cut is final only when the bytes up to the largest chunk, or to a border, were there to decide it.
    while (held.length - at >= sizes.max || (border - base <= held.length && at < held.length)) yield cut();
  }
  while (at < held.length) yield cut();
}
