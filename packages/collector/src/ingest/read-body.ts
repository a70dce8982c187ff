import type {ReadableStream} from 'node:stream/web';
import {HttpError} from '../http/http-error.js';

const tooLarge = (limit: number) =>
  new HttpError(413, 'too_large', `body: over ${limit} bytes; send fewer events in one batch`);

/**
 * A request's body, never holding more than `limit` bytes of a body whose length was not declared.
 *
 * @throws HttpError 413
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared === null) return readStream(request, limit);
  if (Number(declared) > limit) throw tooLarge(limit);
  // An HTTP server cuts the body off at its declared length; the check after is for runtimes that don't.
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

async function readStream(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = (request.body as ReadableStream<Uint8Array> | null)?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    chunks.push(part.value);
    length += part.value.length;
    if (length > limit) {
      await reader?.cancel();
      throw tooLarge(limit);
    }
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
