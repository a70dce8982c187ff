import type {Bytes, Subtle} from './webcrypto.js';

/** UTF-8 of a string (RFC 3629); a lone surrogate becomes U+FFFD, as `TextEncoder` does. Core has no DOM, hence no `TextEncoder`. */
export function utf8(text: string): Bytes {
  const out: number[] = [];
  for (const character of text) {
    let point = character.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) out.push(point);
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else out.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return Uint8Array.from(out);
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

/** SHA-256 in lower-case hex: the address of a blob, a chunk, a manifest. */
export async function sha256(subtle: Pick<Subtle, 'digest'>, bytes: Bytes): Promise<string> {
  return hex(new Uint8Array(await subtle.digest('SHA-256', bytes)));
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i]!, bytes[i + 1], bytes[i + 2]];
    text += alphabet[a >> 2]! + alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)]!;
    text +=
      b === undefined
        ? '=='
        : alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)]! + (c === undefined ? '=' : alphabet[c & 63]!);
  }
  return text;
}

/** Standard or URL-safe base64, padded or not; undefined when the text is neither. */
export function fromBase64(text: string): Bytes | undefined {
  const digits = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={0,2}$/, '');
  const padded = text.endsWith('=');
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1 || (padded && text.length % 4 > 0)) return undefined;
  const out = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let buffer = 0;
  for (let i = 0, at = 0; i < digits.length; i++) {
    buffer = ((buffer << 6) | alphabet.indexOf(digits[i]!)) & 0xffffff;
    if (i % 4 > 0) out[at++] = (buffer >> (6 - 2 * (i % 4))) & 255;
  }
  return out;
}
