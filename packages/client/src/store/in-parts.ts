import {KedgeError} from '@kedge/core';
import {bytesOf} from './bytes.js';

const partBytes = 2 ** 26;

/** A Blob that the browser does not read as one. Undefined as `bytesOf`. @throws KedgeError `runtime_unavailable` for more than this browser can hold */
export async function inParts(blob: Blob): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const all = room(blob.size);
  for (let at = 0; at < all.length; at += partBytes) {
    const part = await bytesOf(blob.slice(at, at + partBytes));
    if (!part) return undefined;
    all.set(part, at);
  }
  return all;
}

function room(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new KedgeError(
      'runtime_unavailable',
      `a file of ${bytes} bytes is more than this browser holds in one ArrayBuffer; publish a smaller variant, or a model with its weights in several files`,
      {cause},
    );
  }
}
