import {KedgeError} from './errors.js';

/** The ops of `kedge.patch/1`; docs/architecture.md draws their bytes. */
export const patchOps = {copy: 0, literal: 1, delta: 2, floatDelta: 3, planes: 4} as const;

/** Most elements of one op (bytes, for copy and literal): bounds what a device holds, and what a hostile patch can ask for. */
export const maxPatchCount = 2 ** 20;

type ReadBase = (offset: number, length: number) => Promise<Uint8Array>;

const corrupt = (problem: string) => new KedgeError('artifact_corrupt', `patch: ${problem}; take the whole artifact`);

/**
 * What a patch makes of its base, piece by piece, holding at most 4 MiB each of base, patch and result. A well-formed
 * patch says nothing of whether the result is right: the target's digests judge that, and whoever reads on beyond the
 * target's size must stop.
 *
 * @param readBase exactly `length` bytes at `offset` of the base, fewer only where the base ends
 * @param body the patch's ops, already gunzipped
 * @throws KedgeError `artifact_corrupt` when it is no patch, or none of this base; what `readBase` and `body` throw passes unchanged
 */
export async function* applyPatch(readBase: ReadBase, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new Reader(body);
  const base: ReadBase = async (offset, length) => {
    const bytes = await readBase(offset, length);
    if (bytes.length === length) return bytes;
    throw corrupt(`it needs ${length} bytes of its base at ${offset}, there are ${bytes.length}`);
  };
  try {
    while (await reader.more()) {
      const op = await reader.integer();
      if (op === patchOps.copy) yield base(await reader.integer(), await reader.count());
      else if (op === patchOps.literal) yield reader.take(await reader.count());
      else yield elements(op, reader, base);
    }
  } finally {
    await reader.close();
  }
}

async function elements(op: number, reader: Reader, base: ReadBase): Promise<Uint8Array> {
  const width = await reader.integer();
  if (op > patchOps.planes || ![1, 2, 4].includes(width)) throw corrupt(`there is no op ${op} of width ${width}`);
  const offset = op === patchOps.planes ? undefined : await reader.integer();
  const length = width * (await reader.count());
  const out = fromPlanes(await reader.take(length), width);
  if (offset !== undefined) addBase(out, await base(offset, length), width, op === patchOps.floatDelta);
  return out;
}

/** Plane `k` holds byte `k` of every element. */
function fromPlanes(planes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(planes.length);
  for (let plane = 0, from = 0; plane < width; plane++)
    for (let to = plane; to < out.length; to += width) out[to] = planes[from++]!;
  return out;
}

/** Zigzag differences become values, in place. */
function addBase(out: Uint8Array, base: Uint8Array, width: number, isFloat: boolean): void {
  const [to, from] = [elementsOf(out, width), elementsOf(base, width)];
  for (let i = 0; i < to.length; i++) {
    const zigzag = to[i]!;
    const difference = (zigzag >>> 1) ^ -(zigzag & 1);
    to[i] = isFloat ? fromOrdered(toOrdered(from[i]!, width) + difference, width) : from[i]! + difference;
  }
}

/** IEEE 754 bits as integers in the order of the numbers, so that neighbours differ by one (upper bits are noise). */
export function toOrdered(bits: number, width: number): number {
  return bits ^ (((bits << (32 - 8 * width)) >> 31) | (1 << (8 * width - 1)));
}

function fromOrdered(ordered: number, width: number): number {
  return ordered ^ ((~(ordered << (32 - 8 * width)) >> 31) | (1 << (8 * width - 1)));
}

/** Little-endian elements, which is how every browser's machine has them. */
export function elementsOf(bytes: Uint8Array, width: number): Uint8Array | Uint16Array | Int32Array {
  if (width === 1) return bytes;
  const {buffer, byteOffset, length} = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return width === 2 ? new Uint16Array(buffer, byteOffset, length / 2) : new Int32Array(buffer, byteOffset, length / 4);
}

/** Pulls numbers and bytes out of pieces of any size. */
class Reader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#pieces = body[Symbol.asyncIterator]();
  }

  /** True while there are bytes. */
  async more(): Promise<boolean> {
    while (this.#at === this.#piece.length) {
      const next = await this.#pieces.next();
      if (next.done) return false;
      [this.#piece, this.#at] = [next.value, 0];
    }
    return true;
  }

  /** Unsigned LEB128, at most 2^53 - 1. */
  async integer(): Promise<number> {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = await this.#byte();
      value += (byte & 127) * scale;
      if (!Number.isSafeInteger(value)) throw corrupt('an integer is beyond 2^53');
      if (byte < 128) return value;
    }
  }

  async count(): Promise<number> {
    const count = await this.integer();
    if (count > 0 && count <= maxPatchCount) return count;
    throw corrupt(`expected 1 to ${maxPatchCount} elements, got ${count}`);
  }

  async take(length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (!(await this.more())) throw corrupt(`it ends ${length - filled} bytes early`);
      const part = this.#piece.subarray(this.#at, this.#at + length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#at += part.length;
    }
    return out;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #byte(): Promise<number> {
    if (await this.more()) return this.#piece[this.#at++]!;
    throw corrupt('it ends inside an integer');
  }
}
