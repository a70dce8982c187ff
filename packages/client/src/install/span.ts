import {type ErrorCode, KedgeError} from '@kedge/core';
import {isOwn} from '../realm.js';
import type {Connection, Wire} from './fetch.js';
import {intoOne} from './into-one.js';
import type {Mirror} from './mirrors.js';

/** Bytes `[start, end)` of a blob of `totalBytes`. */
export interface Span {
  sha256: string;
  start: number;
  end: number;
  totalBytes: number;
}

export interface Answer {
  /** Told of every byte that came over the wire, also of those that were not asked for. */
  onBytes(bytes: number): void;
  /** The server sends the whole blob though a part was asked for. @returns which bytes of it are wanted */
  onWhole(): Promise<Pick<Span, 'start' | 'end'>>;
}

/**
 * The bytes of a span, whatever the server made of the Range header.
 *
 * @throws KedgeError `network`, `response_invalid`, `artifact_corrupt`; the signal's reason
 */
export async function* fetchSpan(
  span: Span,
  mirror: Mirror,
  connection: Connection & {wire: Wire},
  {onBytes, onWhole}: Answer,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const url = `${mirror.registry}/blobs/${span.sha256}`;
  const {response, body, close} = await connection.wire.connect(url, headersFor(span, url, mirror), {
    ...connection,
    reader: intoOne,
    // Chromium lets requests for one address wait for each other as long as its cache may keep the answer.
    cache: isWhole(span) || connection.cache === 'reload' ? connection.cache : 'no-store',
  });
  try {
    rememberEtag(response, span, mirror);
    checkAnswer(url, response, span);
    const isPart = response.status === 206;
    const {start, end} = isPart || isWhole(span) ? span : await onWhole();
    if (start < end) yield* slice(url, body, isPart ? 0 : start, end - start, onBytes);
  } finally {
    close();
  }
}

const isWhole = ({start, end, totalBytes}: Span) => start === 0 && end === totalBytes;

function headersFor(span: Span, url: string, mirror: Mirror): Record<string, string> {
  // The whole blob needs no Range: the answer stays cacheable by every proxy.
  if (isWhole(span)) return {};
  // A single range is CORS-safelisted, If-Range is not: across origins it would cost a preflight that many hosts refuse.
  const etag = mirror.etags.get(span.sha256);
  const range = `bytes=${span.start}-${span.end - 1}`;
  return etag && isOwn(url) ? {range, 'if-range': etag} : {range};
}

/** One that changes between two answers (a file replaced, or servers that count differently) is of no use for conditions. */
function rememberEtag({headers}: Response, {sha256}: Span, {etags}: Mirror): void {
  const etag = headers.get('etag');
  if (!etag?.startsWith('"')) return;
  etags.set(sha256, etags.has(sha256) && etags.get(sha256) !== etag ? null : etag);
}

function checkAnswer(url: string, {status, headers, redirected}: Response, span: Span): void {
  const refuse = (expected: string, got: string | number, code: ErrorCode = 'response_invalid') => {
    throw new KedgeError(code, `${url}: expected ${expected}, got ${got}`);
  };
  const type = headers.get('content-type') ?? '';
  const encoding = headers.get('content-encoding');
  const length = headers.get('content-length');
  if (redirected && /^(text|image|multipart)|json|xml/.test(type)) refuse('a blob behind the redirect', type);
  if (status === 206) {
    const range = `bytes ${span.start}-${span.end - 1}/${span.totalBytes}`;
    // Where CORS hides a header, the chunk digests decide alone.
    const got = headers.get('content-range') ?? range;
    if (got !== range) refuse(`Content-Range ${range}`, got);
    if (encoding) refuse('a range of the blob itself', `one of its ${encoding} form; serve blobs without compression`);
    if (type.startsWith('multipart')) refuse('one range', type);
  } else if (status !== 200) refuse('status 200 or 206', status);
  const bytes = status === 206 ? span.end - span.start : span.totalBytes;
  // Of a compressed body the header tells another length, and only on the own origin it shows that it is compressed.
  const isPlain = status === 206 || (!encoding && isOwn(url));
  if (length && isPlain && Number(length) !== bytes) refuse(`${bytes} bytes`, length, 'artifact_corrupt');
}

/** @param skip bytes before the wanted ones */
async function* slice(
  url: string,
  body: AsyncIterable<Uint8Array<ArrayBuffer>>,
  skip: number,
  wanted: number,
  onBytes: (bytes: number) => void,
) {
  let left = wanted;
  for await (const came of body) {
    onBytes(came.length);
    const from = Math.min(skip, came.length);
    skip -= from;
    const piece = came.subarray(from, from + left);
    left -= piece.length;
    if (piece.length > 0) yield piece;
    // To the end, where there is nothing more: a request that is cut off shows as failed.
    if (came.length > from + piece.length) return;
  }
  if (left > 0) throw new KedgeError('network', `${url}: the answer ended ${left} bytes short of ${wanted}`);
}
