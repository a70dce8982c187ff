/** One code point's UTF-8 bytes in an integer, the first byte lowest (RFC 3629). */
function packUtf8(point: number): number {
  if (point < 0x800) return 0xc0 | (point >> 6) | ((0x80 | (point & 63)) << 8);
  const last = 0x80 | (point & 63);
  const middle = 0x80 | ((point >> 6) & 63);
  if (point < 0x10000) return 0xe0 | (point >> 12) | (middle << 8) | (last << 16);
  return 0xf0 | (point >> 18) | ((0x80 | ((point >> 12) & 63)) << 8) | (middle << 16) | (last << 24);
}

/** As `TextEncoder` does: a lone surrogate becomes U+FFFD. */
function pointAt(text: string, index: number): number {
  const point = text.codePointAt(index)!;
  return point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
}

const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
const scramble = (block: number) => Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);

function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * MurmurHash3_x86_32 over the UTF-8 bytes of `text`, as an unsigned 32-bit integer (Austin Appleby's public domain
 * reference, `smhasher/src/MurmurHash3.cpp`). The bytes are made on the fly: hashing allocates nothing.
 */
export function murmur3(text: string, seed = 0): number {
  let hash = seed;
  let block = 0;
  let filledBits = 0;
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let bytes = text.charCodeAt(i);
    let bits = 8;
    if (bytes >= 0x80) {
      const point = pointAt(text, i);
      if (point > 0xffff) i++;
      bits = point < 0x800 ? 16 : point < 0x10000 ? 24 : 32;
      bytes = packUtf8(point);
    }
    length += bits >> 3;
    block |= bytes << filledBits;
    filledBits += bits;
    if (filledBits < 32) continue;
    hash = (Math.imul(rotate(hash ^ scramble(block), 13), 5) + 0xe6546b64) | 0;
    filledBits -= 32;
    block = filledBits === 0 ? 0 : bytes >>> (bits - filledBits);
  }
  return finish(hash ^ scramble(block) ^ length);
}
