/** As large as most chunks come. */
const usualBytes = 2 ** 20;
/** What is smaller has a buffer of its own size, used once: eight thousand of the usual size are more than a page can have. */
const leastBytes = 2 ** 16;

/** Buffers that chunks are filled into, used again and again: left to the browser's collector, some 50 MB of them would wait for it. */
export class Buffers {
  readonly #free: ArrayBuffer[] = [];

  /** @returns so many bytes, whatever is in them */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes < leastBytes) return new Uint8Array(bytes);
    const free = this.#free.pop();
    const buffer = free && free.byteLength >= bytes ? free : new ArrayBuffer(Math.max(bytes, usualBytes));
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Nobody may read or write them any more. */
  give({buffer, length}: Uint8Array<ArrayBuffer>): void {
    if (length >= leastBytes) this.#free.push(buffer);
  }
}
