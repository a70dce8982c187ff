import {KedgeError} from '@kedge/core';

/** Bytes `[start, end)` of a blob. */
export interface Span {
  start: number;
  end: number;
}

function retryable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** A request to the registry; its failures are told apart: the network's, and an answer that is not the file. */
export async function fetchRegistry(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {credentials: 'omit', ...init});
  } catch (cause) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw new KedgeError(
      'network',
      `${url}: the request did not complete; check the connection, and the registry's CORS headers`,
      {cause},
    );
  }
  if (retryable(response.status))
    throw new KedgeError('network', `${url}: the registry answered ${response.status}; retry later`);
  if (!response.ok && response.status !== 304)
    throw new KedgeError(
      'response_invalid',
      `${url}: expected 200, got ${response.status}; is the file in the registry?`,
    );
  if (response.headers.get('content-type')?.includes('text/html'))
    throw new KedgeError(
      'response_invalid',
      `${url}: expected a registry file, got an HTML page; the server answers unknown addresses with its start page`,
    );
  return response;
}

/** The stream of `span`, whatever the server made of the Range header. */
export async function fetchSpan(
  url: string,
  span: Span,
  totalBytes: number,
  init: RequestInit,
): Promise<AsyncGenerator<Uint8Array<ArrayBuffer>>> {
  const whole = span.start === 0 && span.end === totalBytes;
  // A single range is CORS-safelisted: no preflight. The whole blob needs none, and stays cacheable by every proxy.
  const headers: HeadersInit = whole ? {} : {range: `bytes=${span.start}-${span.end - 1}`};
  const response = await fetchRegistry(url, {...init, headers});
  const expected = `bytes ${span.start}-${span.end - 1}/${totalBytes}`;
  const got = response.headers.get('content-range');
  // Where CORS hides the header, the chunk digests decide alone.
  if (response.status === 206 && got !== null && got !== expected)
    throw new KedgeError('response_invalid', `${url}: expected Content-Range ${expected}, got ${got}`);
  const skip = response.status === 206 ? 0 : span.start;
  return pieces(response, url, skip, span.end - span.start, init.signal ?? undefined);
}

async function* pieces(response: Response, url: string, skip: number, length: number, signal: AbortSignal | undefined) {
  if (!response.body) throw new KedgeError('response_invalid', `${url}: the answer has no body`);
  const reader = response.body.getReader();
  try {
    for (let left = length; left > 0;) {
      const {done, value} = await reader.read();
      if (done)
        throw new KedgeError(
          'artifact_corrupt',
          `${url}: ended ${left} bytes short of ${length}; the blob in the registry is truncated`,
        );
      const from = Math.min(skip, value.length);
      skip -= from;
      const piece = value.subarray(from, from + left);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
    // To the end, where there is nothing more: a request that is cut off shows as failed.
    if (!(await reader.read()).done) await reader.cancel();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof KedgeError) throw cause;
    throw new KedgeError('network', `${url}: the connection broke during the download; what was verified is kept`, {
      cause,
    });
  } finally {
    // No-op after the end; otherwise the consumer stopped, and the rest must not be downloaded.
    void reader.cancel().catch(() => {});
  }
}
