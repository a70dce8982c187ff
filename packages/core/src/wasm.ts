import type {Bytes} from './webcrypto.js';

/** Id of the section with the functions' bodies (WebAssembly Core Specification 2.0, §5.5.13). */
const codeSection = 10;
/** Its magic number and version. */
const preambleBytes = 8;

/**
 * A WebAssembly module with other function bodies; all else stays byte for byte.
 *
 * @param rewrite given a body (its locals and code, without its size) and which of the module's own functions it is, from 0 on:
 * imported ones do not count. Returns what takes its place, in parts
 */
export function withBodies(module: Bytes, rewrite: (body: Bytes, index: number) => readonly Bytes[]): Bytes {
  const parts = [module.subarray(0, preambleBytes)];
  const reader = new Reader(module, preambleBytes);
  while (reader.at < module.length) {
    const begin = reader.at++;
    const end = reader.next() + reader.at;
    if (module[begin] === codeSection) {
      const bodies = rewritten(reader, rewrite);
      parts.push(Uint8Array.of(codeSection), leb128(lengthOf(bodies)), ...bodies);
    } else parts.push(module.subarray(begin, end));
    reader.at = end;
  }
  return joined(parts);
}

function rewritten(reader: Reader, rewrite: (body: Bytes, index: number) => readonly Bytes[]): Bytes[] {
  const count = reader.next();
  const parts = [leb128(count)];
  for (let i = 0; i < count && reader.at < reader.bytes.length; i++) {
    const end = reader.next() + reader.at;
    const body = rewrite(reader.bytes.subarray(reader.at, end), i);
    parts.push(leb128(lengthOf(body)), ...body);
    reader.at = end;
  }
  return parts;
}

class Reader {
  readonly bytes: Bytes;
  at: number;

  constructor(bytes: Bytes, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** An unsigned integer of at most 32 bits in LEB128 (§5.2.2). */
  next(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }
}

function leb128(value: number): Bytes {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return Uint8Array.from([...bytes, value]);
}

const lengthOf = (parts: readonly Bytes[]) => parts.reduce((sum, {length}) => sum + length, 0);

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
