/** Browsers keep large values in files of their own; one whose file is lost can never be read again. @throws any other error */
export function lostFile(error: Error): undefined {
  if (error.name !== 'NotReadableError' && error.name !== 'NotFoundError') throw error;
}

/** Undefined for bytes that can't be read any more. */
export async function bytesOf(
  stored: Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!(stored instanceof Blob)) return stored instanceof ArrayBuffer ? new Uint8Array(stored) : stored;
  const buffer = await stored.arrayBuffer().catch(lostFile);
  return buffer && new Uint8Array(buffer);
}
