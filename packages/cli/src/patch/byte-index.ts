import type {RandomFile} from '../model/random-file.js';

const multiplier = 0x2545f491;
/** Most blocks that are remembered: about 50 MB. */
const maxBlocks = 2 ** 20;
const minBlockBytes = 32;
const filterBits = 23;

export interface Range {
  start: number;
  end: number;
}

/** Where blocks of a base's ranges lie, found by a rolling polynomial hash modulo 2^32. */
export class ByteIndex {
  /** Bytes of a block: the larger the ranges, the longer the shortest match, in the same memory. */
  readonly blockBytes: number;
  readonly #offsets = new Map<number, number>();
  readonly #filter = new Uint8Array(2 ** (filterBits - 3));
  /** What the byte that leaves a block weighs. */
  readonly leaving: number;

  constructor(base: RandomFile, ranges: readonly Range[]) {
    const total = ranges.reduce((sum, {start, end}) => sum + end - start, 0);
    this.blockBytes = Math.max(minBlockBytes, Math.ceil(total / maxBlocks));
    this.leaving = 1;
    for (let i = 1; i < this.blockBytes; i++) this.leaving = Math.imul(this.leaving, multiplier);
    for (const range of ranges) this.#add(base, range);
  }

  #add(base: RandomFile, {start, end}: Range): void {
    const step = this.blockBytes * Math.max(1, Math.floor(2 ** 20 / this.blockBytes));
    for (let at = start; at + this.blockBytes <= end; at += step) {
      const piece = base.read(at, Math.min(step, end - at));
      for (let i = 0; i + this.blockBytes <= piece.length; i += this.blockBytes) this.#put(this.hash(piece, i), at + i);
    }
  }

  #put(hash: number, offset: number): void {
    if (this.#offsets.has(hash)) return;
    this.#offsets.set(hash, offset);
    const bit = hash >>> (32 - filterBits);
    this.#filter[bit >> 3]! |= 1 << (bit & 7);
  }

  hash(bytes: Uint8Array, start: number): number {
    let hash = 0;
    for (let i = start; i < start + this.blockBytes; i++) hash = (Math.imul(hash, multiplier) + bytes[i]!) | 0;
    return hash;
  }

  roll(hash: number, out: number, into: number): number {
    return (Math.imul(hash - Math.imul(out, this.leaving), multiplier) + into) | 0;
  }

  /** Where a block of this hash may lie. */
  find(hash: number): number | undefined {
    const bit = hash >>> (32 - filterBits);
    return this.#filter[bit >> 3]! & (1 << (bit & 7)) ? this.#offsets.get(hash) : undefined;
  }
}
