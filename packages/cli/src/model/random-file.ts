import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {missingInput} from '../read-input.js';

const windowBytes = 64 * 1024;
/** Node reads less than 2 GiB at once. */
const maxReadBytes = 2 ** 30;

/** A file read at any offset, never as a whole: models of gigabytes are walked in a fixed budget of memory. */
export class RandomFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: number;
  #window = new Uint8Array();
  #windowAt = 0;

  /** @param what its role, for the message. @throws CliError (usage) when there is no such file */
  constructor(path: string, what: string) {
    this.path = path;
    try {
      this.#handle = openSync(path, 'r');
    } catch (cause) {
      throw missingInput(cause, path, what);
    }
    const stat = fstatSync(this.#handle);
    this.size = stat.size;
    if (stat.isFile()) return;
    this.close();
    throw missingInput(Object.assign(new Error('is a folder'), {code: 'EISDIR'}), path, what);
  }

  /** One byte; neighbours come out of memory. @param at less than `size` */
  byte(at: number): number {
    if (at < this.#windowAt || at >= this.#windowAt + this.#window.length) {
      this.#windowAt = at - (at % windowBytes);
      this.#window = this.read(this.#windowAt, windowBytes);
    }
    return this.#window[at - this.#windowAt]!;
  }

  /** A copy of `length` bytes, fewer where the file ends. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    let filled = 0;
    while (filled < out.length) {
      const got = readSync(this.#handle, out, filled, Math.min(out.length - filled, maxReadBytes), offset + filled);
      if (got === 0) break;
      filled += got;
    }
    return out.subarray(0, filled);
  }

  close(): void {
    closeSync(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
