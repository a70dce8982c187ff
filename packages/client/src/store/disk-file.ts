import {blockBytes, type SumOf} from './block-sums.js';
import type {PackReader} from './pack-reader.js';

/** Other tabs can't remove the packs of a file that is open. Read ahead, and then not asked for, it is closed. */
const idleMs = 15_000;

/**
 * A file that lies in packs, for who reads it piece by piece and copies each: it is never in memory as a whole, which for 200 MB
 * takes as long to have as to read. It is a `Uint8Array` for those who ask whether it is one; of its methods there are these.
 * What is handed out was compared with sums that were taken when its chunks were verified.
 */
export class DiskFile extends Uint8Array<ArrayBuffer> {
  /** Something was not what it was, or can't be read: nothing of it was handed out. */
  isWrong = false;
  /** @throws KedgeError: which chunks are gone or wrong, after they were dropped */
  readonly lost: () => Promise<never>;
  readonly #reader: PackReader;
  readonly #sums: BigUint64Array;
  readonly #sumOf: SumOf;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #window = {begin: 0, end: 0, bytes: new Uint8Array(0)};

  constructor(reader: PackReader, sums: BigUint64Array, sumOf: SumOf, lost: () => Promise<never>) {
    super(new ArrayBuffer(0));
    this.#reader = reader;
    this.#sums = sums;
    this.#sumOf = sumOf;
    this.lost = lost;
    this.#watch();
  }

  #watch(): void {
    const seen = this.#window;
    this.#idle = setTimeout(() => (seen === this.#window ? this.close() : this.#watch()), idleMs);
  }

  override get length() {
    return this.#reader.bytes;
  }

  override get byteLength() {
    return this.#reader.bytes;
  }

  /** The bytes of this stretch, until the next is asked for. @throws RangeError where there are none, or not those that were */
  override subarray(begin = 0, end = this.length): Uint8Array<ArrayBuffer> {
    if (begin < this.#window.begin || end > this.#window.end) this.#move(begin, end);
    const {begin: from, bytes} = this.#window;
    return bytes.subarray(begin - from, end - from);
  }

  override slice(begin = 0, end = this.length): Uint8Array<ArrayBuffer> {
    return this.subarray(begin, end).slice();
  }

  override at(index: number): number | undefined {
    return index < this.length ? this.subarray(index, index + 1)[0] : undefined;
  }

  /** Whole blocks, since each has a sum. */
  #move(begin: number, end: number): void {
    const from = begin - (begin % blockBytes);
    const to = Math.min(Math.ceil(end / blockBytes) * blockBytes, this.length);
    let {bytes} = this.#window;
    if (bytes.length < to - from) bytes = new Uint8Array(to - from);
    this.#window = {begin: 0, end: 0, bytes};
    for (let at = from; at < to; at += blockBytes)
      this.#read(bytes.subarray(at - from, Math.min(at + blockBytes, to) - from), at);
    this.#window = {begin: from, end: to, bytes};
  }

  #read(into: Uint8Array<ArrayBuffer>, at: number): void {
    this.isWrong = true;
    if (this.#sumOf(this.#reader.read(into, at)) !== this.#sums[at / blockBytes])
      throw new RangeError(`bytes ${at} to ${at + into.length} of the file on the disk are not what they were`);
    this.isWrong = false;
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#reader.close();
  }
}
