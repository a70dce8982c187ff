import {withBodies} from '@kedge/core';

/** Opcodes of the WebAssembly Core Specification 2.0, §5.4. */
const i32Const = 0x41;
const i32Store8 = 0x3a;

/**
 * A WebAssembly module, each of whose own functions writes 1 to a byte of its own when it is called.
 *
 * @param base address of the first function's byte, below 2^31
 */
export function marking(
  binary: Uint8Array<ArrayBuffer>,
  base: number,
): {binary: Uint8Array<ArrayBuffer>; count: number} {
  let count = 0;
  const marked = withBodies(binary, (body, i) => {
    count = i + 1;
    const code = localsEnd(body);
    const mark = Uint8Array.of(i32Const, ...signedLeb128(base + i), i32Const, 1, i32Store8, 0, 0);
    return [body.subarray(0, code), mark, body.subarray(code)];
  });
  return {binary: marked, count};
}

/** Locals come in groups: how many, and a type of one byte (§5.5.13). */
function localsEnd(body: Uint8Array): number {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = body[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  for (let groups = next(); groups > 0; groups--) {
    next();
    at++;
  }
  return at;
}

/** A number from 0 on (§5.2.2): the sign is bit 6 of the last byte. */
function signedLeb128(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 63; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}
