import {type ErrorCode, KedgeError} from '@kedge/core';
import {Line} from './line.js';
import {retryAfterMs} from './retry-after.js';

/** The registry can't answer now. */
export class Unavailable extends KedgeError {
  /** How long it asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, pauseMs: number) {
    super('network', message);
    this.retryAfterMs = pauseMs;
  }
}

function isTemporary(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** A request to the registry; its failures are told apart: the network's, and an answer that is not the file. */
async function fetchRegistry(url: string, init: RequestInit): Promise<Response> {
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
  const {status, headers} = response;
  if (isTemporary(status))
    throw new Unavailable(
      `${url}: the registry answered ${status}; retry later`,
      retryAfterMs(headers.get('retry-after'), Date.now()),
    );
  if (!response.ok && status !== 304)
    throw new KedgeError('response_invalid', `${url}: expected 200, got ${status}; is the file in the registry?`);
  if (headers.get('content-type')?.includes('text/html'))
    throw new KedgeError(
      'response_invalid',
      `${url}: expected a registry file, got an HTML page: the server's start page?`,
    );
  return response;
}

/** What asks a registry: the installer is given the worker's, of which it needs no copy. */
export interface Wire {
  connect: typeof connect;
  readAtMost: typeof readAtMost;
}

export interface Connection {
  signal: AbortSignal;
  /** The request is given up when nothing came for so long, in milliseconds. */
  stallMs: number;
  cache: RequestCache;
  /** @default asTheyCome */
  reader?(body: Body): Read;
}

/** A connection to `url`, and the bytes of the body as they come. It must be closed, also before the first byte is read. */
export async function connect(
  url: string,
  headers: HeadersInit,
  {signal, stallMs, cache, reader = asTheyCome}: Connection,
) {
  const line = new Line(signal, stallMs);
  try {
    // Some edges refuse the name of what they do anyway.
    const init = {signal: line.signal, headers, ...(cache !== 'default' && {cache})};
    const response = await line.expect(url, fetchRegistry(url, init));
    const read = response.body ? reader(response.body) : async () => ({done: true});
    return {response, body: pieces(url, read, line), close: () => line.close()};
  } catch (error) {
    line.close();
    throw error;
  }
}

/** The next of a body's bytes. */
export type Read = () => Promise<{done: boolean; value?: Uint8Array<ArrayBuffer> | undefined}>;
export type Body = ReadableStream<Uint8Array<ArrayBuffer>>;

/** As they come. */
export function asTheyCome(body: Body): Read {
  const reader = body.getReader();
  return () => reader.read();
}

async function* pieces(url: string, read: Read, line: Line): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    for (;;) {
      const {done, value} = await line.expect(url, read());
      if (done || !value) return;
      yield value;
    }
  } catch (cause) {
    if (line.signal.aborted) throw line.signal.reason;
    throw new KedgeError('network', `${url}: the connection broke during the download; what was verified is kept`, {
      cause,
    });
  } finally {
    line.close();
  }
}

/** A body that a hostile server can't make endless. @param code of the error when there is more than `maxBytes` */
export async function readAtMost(
  body: AsyncIterable<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
  url: string,
  code: ErrorCode,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > maxBytes) throw new KedgeError(code, `${url}: more than ${maxBytes} bytes, which none needs`);
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
