import {gunzipSync} from 'node:zlib';
import {KedgeError} from '@kedge/core';
import {HttpError} from '../http/http-error.js';
import type {IngestLimits} from './limits.js';

/** A small batch of like events compresses far; below this, the ratio says nothing about intent. */
const freeBytes = 64 * 1024;

/** Told by its first bytes (RFC 1952 §2.3.1): a `Content-Encoding` would make the request need a preflight. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The bytes inside a gzipped body; a plain one is itself. Never holds more than the limit, whatever the body claims:
 * inflation stops there.
 *
 * @throws HttpError 413 when either form is too large, or inflates too far
 * @throws KedgeError `events_invalid` for a truncated or corrupt body
 */
export function inflate(bytes: Uint8Array, limits: IngestLimits): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  if (bytes.length > limits.gzipBytes)
    throw new HttpError(413, 'too_large', `body: ${bytes.length} gzipped bytes, at most ${limits.gzipBytes}`);
  const most = Math.min(limits.inflatedBytes, Math.max(freeBytes, bytes.length * limits.ratio));
  try {
    return gunzipSync(bytes, {maxOutputLength: most});
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new HttpError(413, 'too_large', `body: ${bytes.length} bytes inflate to more than ${most}`, {cause});
    throw new KedgeError(
      'events_invalid',
      `body: not a whole gzip file of ${bytes.length} bytes; it was cut or damaged`,
      {
        cause,
      },
    );
  }
}
