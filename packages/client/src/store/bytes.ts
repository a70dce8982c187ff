/** Smaller ones lie in the database itself: a file for each would cost more than its bytes. */
const blobFromBytes = 65_536;

/** Chromium reads no Blob of 2 GiB or more as one: with some room to it. */
const mostAtOnce = 1.8e9;

/** How a chunk is stored: as a Blob, whose bytes are read when they are asked for, and in half of the time that an ArrayBuffer takes. */
export function valueOf(data: Uint8Array<ArrayBuffer>): Blob | ArrayBuffer {
  // A view would be stored with its whole buffer.
  return data.length < blobFromBytes ? data.slice().buffer : new Blob([data]);
}

/** Browsers keep large values in files of their own; one whose file is lost can never be read again. @throws any other error */
export function lostFile(error: Error): undefined {
  if (error.name !== 'NotReadableError' && error.name !== 'NotFoundError') throw error;
}

/** Undefined for bytes that can't be read any more. @throws KedgeError `runtime_unavailable` for more than this browser can hold */
export async function bytesOf(
  stored: Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!(stored instanceof Blob)) return stored instanceof ArrayBuffer ? new Uint8Array(stored) : stored;
  if (stored.size > mostAtOnce) return (await import('../packing.js')).inParts(stored);
  const buffer = await stored.arrayBuffer().catch(lostFile);
  return buffer && new Uint8Array(buffer);
}
