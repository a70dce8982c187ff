import {KedgeError} from '@kedge/core';

/** A connection that brings nothing for so long is given up; the caller may try again. */
const stallMs = 30_000;

/**
 * A registry's file from a host, from an offset on.
 *
 * @throws KedgeError `network` (worth another try), `response_invalid`; the signal's reason
 */
export async function fetchFile(
  url: string,
  from: number,
  signal: AbortSignal | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const watch = watchdog(signal);
  const headers = {'Accept-Encoding': 'identity', ...(from > 0 && {Range: `bytes=${from}-`})};
  try {
    const response = await fetch(url, {headers, signal: watch.signal});
    checkStatus(response, url, from);
    return pieces(response, url, response.status === 206 ? 0 : from, signal, watch);
  } catch (cause) {
    watch.stop();
    throw failure(cause, url, signal);
  }
}

function checkStatus({status, headers}: Response, url: string, from: number): void {
  if (status === 408 || status === 429 || status >= 500)
    throw new KedgeError('network', `${url}: the host answered ${status}; try again later`);
  if (status !== 200 && status !== 206)
    throw new KedgeError('response_invalid', `${url}: expected 200, got ${status}; is the file published?`);
  if (headers.get('content-type')?.includes('text/html'))
    throw new KedgeError('response_invalid', `${url}: expected a registry file, got an HTML page`);
  const range = headers.get('content-range') ?? '';
  if (status === 206 && !range.startsWith(`bytes ${from}-`))
    throw new KedgeError('response_invalid', `${url}: expected bytes from ${from} on, got Content-Range ${range}`);
}

async function* pieces(
  response: Response,
  url: string,
  skip: number,
  signal: AbortSignal | undefined,
  watch: Watchdog,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (let left = skip; reader;) {
      // Raced: in Node 20 a body that is aborted between two reads may leave the next one pending for good.
      const {done, value} = await Promise.race([reader.read(), watch.aborted]);
      if (done) return;
      watch.seen();
      const from = Math.min(left, value.length);
      left -= from;
      if (from < value.length) yield value.subarray(from);
    }
  } catch (cause) {
    throw failure(cause, url, signal);
  } finally {
    watch.stop();
    void reader?.cancel().catch(() => {});
  }
}

interface Watchdog {
  /** Aborted by the caller's signal, and when nothing came for `stallMs`. */
  signal: AbortSignal;
  aborted: Promise<never>;
  seen(): void;
  stop(): void;
}

function watchdog(outer: AbortSignal | undefined): Watchdog {
  const controller = new AbortController();
  const stop = () => controller.abort(outer?.reason);
  const stall = () => controller.abort(new Error(`nothing came for ${stallMs / 1000} s`));
  // Not `AbortSignal.any`: in Node 20 its signal may be collected before it fires.
  let timer = setTimeout(stall, stallMs);
  const {signal} = controller;
  const aborted = new Promise<never>((_, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  aborted.catch(() => {});
  outer?.addEventListener('abort', stop);
  if (outer?.aborted) stop();
  return {
    ...{signal, aborted},
    seen() {
      clearTimeout(timer);
      timer = setTimeout(stall, stallMs);
    },
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}

function failure(cause: unknown, url: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof KedgeError) return cause;
  const {message, cause: deeper} = cause as Error & {cause?: Error};
  return new KedgeError('network', `${url}: the request did not complete (${deeper?.message ?? message})`, {cause});
}
