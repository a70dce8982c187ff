import xxhash from 'xxhash-wasm';

/** A sum is kept of each stretch of so many bytes of a file; the last one is what is left. */
export const blockBytes = 2 ** 17;

/** XXH64 of bytes: at memory speed, where SHA-256 takes a second for a gigabyte. It finds what a disk spoils, and no forgery. */
export type SumOf = (bytes: Uint8Array) => bigint;

export const summing = async (): Promise<SumOf> => (await xxhash()).h64Raw;

/** Sums of a file that comes in pieces. */
export class BlockSums {
  readonly #sumOf: SumOf;
  readonly #sums: bigint[] = [];
  readonly #block = new Uint8Array(blockBytes);
  #filled = 0;

  constructor(sumOf: SumOf) {
    this.#sumOf = sumOf;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + blockBytes - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === blockBytes) this.#cut();
    }
  }

  end(): BigUint64Array<ArrayBuffer> {
    if (this.#filled > 0) this.#cut();
    return BigUint64Array.from(this.#sums);
  }

  #cut(): void {
    this.#sums.push(this.#sumOf(this.#block.subarray(0, this.#filled)));
    this.#filled = 0;
  }
}
