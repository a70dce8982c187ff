import {Buffer} from 'node:buffer';
import {createHash, webcrypto} from 'node:crypto';
import fc from 'fast-check';
import {expect, test, vi} from 'vitest';
import {fromBase64, hex, sha256, toBase64, utf8} from './index.js';

// Property tests on a busy machine.
vi.setConfig({testTimeout: 30_000});

const bytesArb = fc.uint8Array({maxLength: 200}).map(bytes => Uint8Array.from(bytes));

test('UTF-8 is what TextEncoder writes, lone surrogates included', () => {
  const units = fc
    .array(fc.integer({min: 0, max: 0xffff}), {maxLength: 40})
    .map(codes => String.fromCharCode(...codes));
  fc.assert(
    fc.property(fc.oneof(fc.string({unit: 'binary', maxLength: 40}), units), text => {
      expect(hex(utf8(text))).toBe(hex(new TextEncoder().encode(text)));
    }),
  );
});

test('base64 and hex are what Buffer writes', () => {
  fc.assert(
    fc.property(bytesArb, bytes => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(hex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
    }),
  );
});

test('base64 is read padded or not, standard or URL-safe', () => {
  fc.assert(
    fc.property(bytesArb, bytes => {
      const text = toBase64(bytes);
      expect(fromBase64(text)).toEqual(bytes);
      expect(fromBase64(text.replace(/=+$/, ''))).toEqual(bytes);
      expect(fromBase64(Buffer.from(bytes).toString('base64url'))).toEqual(bytes);
    }),
  );
});

test.each(['a', 'ab!d', 'ab=c', '=', 'a===', '====', 'Ærø=', ' YQ==', 'YQ=='.repeat(2)])('%j is not base64', text =>
  expect(fromBase64(text)).toBeUndefined(),
);

test('sha256 is what Node computes', async () => {
  const bytes = utf8('kedge');
  expect(await sha256(webcrypto.subtle, bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
