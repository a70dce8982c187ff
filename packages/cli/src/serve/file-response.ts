import {createReadStream} from 'node:fs';
import {Readable} from 'node:stream';
import {parseRange} from './range.js';

export interface ServedFile {
  path: string;
  bytes: number;
  /** Strong: without quotes, changes whenever a byte does. */
  etag: string;
  type: string;
  cacheControl: string;
  headers?: Record<string, string>;
}

/** A file as the answer to GET or HEAD: 200, 206, 304 or 416. */
export function fileResponse(request: Request, file: ServedFile): Response {
  const etag = `"${file.etag}"`;
  const headers = new Headers({
    ...file.headers,
    'Content-Type': file.type,
    'Cache-Control': file.cacheControl,
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'bytes',
    ETag: etag,
  });
  if (matches(request.headers.get('If-None-Match'), etag)) return new Response(null, {status: 304, headers});
  const ifRange = request.headers.get('If-Range');
  const asked = ifRange !== null && ifRange !== etag ? undefined : (request.headers.get('Range') ?? undefined);
  const range = parseRange(asked, file.bytes);
  if (range === 'unsatisfiable') {
    headers.set('Content-Range', `bytes */${file.bytes}`);
    headers.set('Cache-Control', 'no-store');
    return new Response(null, {status: 416, headers});
  }
  const {start, end} = range ?? {start: 0, end: file.bytes};
  headers.set('Content-Length', String(end - start));
  if (range) headers.set('Content-Range', `bytes ${start}-${end - 1}/${file.bytes}`);
  const body = request.method === 'HEAD' || end === start ? null : streamOf(file.path, start, end);
  return new Response(body, {status: range ? 206 : 200, headers});
}

function streamOf(path: string, start: number, end: number): ReadableStream<Uint8Array> {
  const stream = createReadStream(path, {start, end: end - 1, highWaterMark: 256 * 1024});
  // Node types the stream of its own `stream/web`; it is the same object.
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}

/** Whether If-None-Match names a tag: a list of tags, weak ones too, or `*` (RFC 9110 §13.1.2). */
export function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(',').some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
