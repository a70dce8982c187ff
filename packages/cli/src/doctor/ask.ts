import {Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest} from 'node:http';
import {Agent as HttpsAgent, request as httpsRequest} from 'node:https';
import {KedgeError} from '@kedge/core';

export interface Question {
  method?: 'GET' | 'HEAD' | 'OPTIONS';
  /** By lower-case name. */
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** The head of an answer as it came over the wire: not decoded, redirects not hidden. */
export interface Head {
  /** Where it came from, after redirects. */
  url: string;
  status: number;
  /** Empty when the header is missing. */
  header(name: string): string;
  /** Addresses that led here; usually none. */
  hops: string[];
}

export interface Answer extends Head {
  body: Uint8Array;
  /** Why there was no answer; status is 0 then. */
  problem?: string;
}

/** An answer whose body is still to be read. */
export interface OpenAnswer extends Head {
  pieces: AsyncIterable<Uint8Array>;
  /** Reads no further. */
  cancel(): void;
}

const silenceMs = 30_000;
const maxHops = 5;
const agents = {
  'http:': new HttpAgent({keepAlive: true, keepAliveMsecs: 1000}),
  'https:': new HttpsAgent({keepAlive: true, keepAliveMsecs: 1000}),
};

/** The whole answer, or its first `maxBytes`. @throws KedgeError `network`; the signal's reason */
export async function ask(url: string, question: Question = {}, maxBytes = 2 ** 16): Promise<Answer> {
  const {pieces, cancel, ...head} = await askOpen(url, question);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes >= maxBytes) break;
  }
  cancel();
  return {...head, body: Buffer.concat(parts).subarray(0, maxBytes)};
}

/** Follows redirects, as `fetch` does. @throws KedgeError `network`; the signal's reason */
export async function askOpen(url: string, question: Question = {}): Promise<OpenAnswer> {
  const hops: string[] = [];
  for (let at = url; ;) {
    const response = await send(at, question);
    const {statusCode: status = 0, headers} = response;
    const location = status >= 300 && status < 400 && status !== 304 ? headers.location : undefined;
    if (location === undefined || hops.length === maxHops) {
      const header = (name: string) => String(headers[name] ?? '');
      return {
        ...{url: at, status, header, hops},
        pieces: readable(response, at, question),
        cancel: () => response.destroy(),
      };
    }
    response.destroy();
    hops.push(at);
    at = new URL(location, at).href;
  }
}

function send(url: string, {method = 'GET', headers = {}, signal}: Question): Promise<IncomingMessage> {
  const {protocol} = new URL(url);
  const secure = protocol === 'https:';
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const options = {method, headers, agent: agents[secure ? 'https:' : 'http:']};
    const sent = (secure ? httpsRequest : httpRequest)(url, options, response => {
      // Also while nobody reads: whoever does is told too.
      response.on('error', () => {});
      resolve(response);
    });
    stopWith(sent, signal);
    sent.setTimeout(silenceMs, () => sent.destroy(new Error(`silent for ${silenceMs / 1000} s`)));
    sent.on('error', cause => reject(failure(cause, url, signal)));
    sent.end();
  });
}

/**
 * Not the request's own `signal`: in Node 20 it destroys the connection also when its answer has just arrived whole, and then
 * nobody is there to hear of it, which ends the process.
 */
function stopWith(sent: ClientRequest, signal: AbortSignal | undefined): void {
  let answer: IncomingMessage | undefined;
  const stop = () => {
    if (!answer?.complete) sent.destroy(new Error('stopped'));
  };
  sent.once('response', response => (answer = response));
  sent.once('close', () => signal?.removeEventListener('abort', stop));
  signal?.addEventListener('abort', stop);
}

async function* readable(response: IncomingMessage, url: string, {signal}: Question): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of response) yield piece as Uint8Array;
  } catch (cause) {
    throw failure(cause as Error, url, signal);
  }
}

function failure(cause: Error, url: string, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return signal.reason as Error;
  const [first = cause] = cause instanceof AggregateError ? (cause.errors as Error[]) : [];
  return new KedgeError('network', `${url}: the request did not complete (${first.message})`, {cause});
}
