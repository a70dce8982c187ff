import {createHash} from 'node:crypto';
import {type Chunk, KedgeError} from '@kedge/core';

/**
 * The bytes of a blob, or of its chunks from one of them on, chunk by chunk and only after each was checked.
 *
 * @param what the blob and where it comes from, for messages
 * @throws KedgeError `artifact_corrupt` naming the first chunk that differs, or a length that does
 */
export async function* verifyChunks(
  pieces: AsyncIterable<Uint8Array>,
  chunks: readonly Chunk[],
  what: string,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  let chunk = Buffer.alloc(chunks[0]?.bytes ?? 0);
  let filled = 0;
  for await (const piece of pieces)
    for (let at = 0; at < piece.length;) {
      if (index === chunks.length)
        throw new KedgeError('artifact_corrupt', `${what}: goes on after its last chunk; publish it again`);
      const part = piece.subarray(at, at + chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < chunk.length) continue;
      check(chunk, chunks[index]!, index, what);
      yield chunk;
      chunk = Buffer.alloc(chunks[++index]?.bytes ?? 0);
      filled = 0;
    }
  if (index < chunks.length)
    throw new KedgeError(
      'artifact_corrupt',
      `${what}: ends in chunk ${index} of ${chunks.length}, ${chunk.length - filled} bytes of it are missing; publish it again`,
    );
}

function check(bytes: Uint8Array, {sha256}: Chunk, index: number, what: string): void {
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== sha256)
    throw new KedgeError(
      'artifact_corrupt',
      `${what}: chunk ${index}: expected SHA-256 ${sha256}, got ${got}; publish it again`,
    );
}
