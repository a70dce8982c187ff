import {type Chunk, KedgeError, sha256} from '@kedge/core';
import {valueOf} from '../store/bytes.js';
import type {StoredChunk} from '../store/store.js';

/** The stream's bytes at the chunks' borders. @param chunks looked at once the first bytes are here @param take a buffer for each chunk; its own by default */
export async function* cut(
  stream: AsyncIterable<Uint8Array>,
  chunks: readonly Chunk[],
  take = (bytes: number) => new Uint8Array(bytes),
): AsyncGenerator<StoredChunk> {
  let index = 0;
  let data: Uint8Array<ArrayBuffer> | undefined;
  let filled = 0;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length && index < chunks.length;) {
      data ??= take(chunks[index]!.bytes);
      const part = piece.subarray(at, at + data.length - filled);
      data.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < data.length) continue;
      yield {sha256: chunks[index++]!.sha256, data};
      data = undefined;
      filled = 0;
    }
  }
}

/** @param goesNow into the store: what that takes is made while it is hashed @throws KedgeError `artifact_corrupt` */
export async function verify(chunk: StoredChunk, where: string, goesNow?: boolean): Promise<void> {
  const {sha256: expected, data} = chunk;
  const hashed = sha256(crypto.subtle, data);
  if (goesNow) chunk.value = valueOf(data);
  const got = await hashed;
  if (got !== expected)
    throw new KedgeError(
      'artifact_corrupt',
      `${where}: a chunk of ${data.length} bytes should have SHA-256 ${expected}, got ${got}; it was not stored. Publish the blob again`,
    );
}
