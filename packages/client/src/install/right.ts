import {type Chunk, sha256 as digestOf} from '@kedge/core';

/** Verified side by side: each is copied for it. */
const atOnce = 8;

/**
 * Whether each chunk of a file is what its digest says.
 *
 * @param onRead is given what is right, from the first byte on, until something is not
 */
export async function areRight(
  chunks: readonly Chunk[],
  file: Pick<Uint8Array<ArrayBuffer>, 'subarray'>,
  onRead?: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<boolean> {
  let end = 0;
  for (let next = 0; next < chunks.length; next += atOnce) {
    const begin = end;
    const right = await Promise.all(
      chunks.slice(next, next + atOnce).map(async ({sha256, bytes}) => {
        end += bytes;
        return (await digestOf(crypto.subtle, file.subarray(end - bytes, end))) === sha256;
      }),
    );
    if (right.includes(false)) return false;
    onRead?.(file.subarray(begin, end));
  }
  return true;
}
