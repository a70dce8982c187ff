import {type ErrorCode, KedgeError} from '@kedge/core';

/** A body that a hostile server can't make endless. @param code of the error when there is more than `maxBytes` */
export async function readAtMost(
  response: Response,
  maxBytes: number,
  url: string,
  code: ErrorCode,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body?.getReader();
  let length = 0;
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      void reader?.cancel().catch(() => {});
      throw new KedgeError(code, `${url}: more than ${maxBytes} bytes, which none needs`);
    }
    parts.push(next.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
