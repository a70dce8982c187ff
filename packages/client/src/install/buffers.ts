/** As large as most chunks come. */
const usualBytes = 2 ** 20;

/** Buffers that chunks are filled into, used again and again: left to the browser's collector, some 50 MB of them would wait for it. */
export class Buffers {
  readonly #free: ArrayBuffer[] = [];

  /** @returns so many bytes, whatever is in them */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const free = this.#free.pop();
    const buffer = free && free.byteLength >= bytes ? free : new ArrayBuffer(Math.max(bytes, usualBytes));
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Nobody may read or write them any more. */
  give({buffer}: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
  }
}
