import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {sha256Of} from './registry.js';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  /** Cuts the connection after so many bytes of the body. */
  cutAfter?: number;
}

/** Changes what the host would rightly answer. */
export type Spoil = (answer: Answer, request: IncomingMessage) => Answer | Promise<Answer>;

export interface Host {
  url: string;
  /** `GET /blobs/… bytes=0-9`, as they came. */
  requests: string[];
  /** Body bytes of all answers under `/blobs`. */
  blobBytes(): number;
}

/** A host that does everything right for a registry and a page beside it, but for what `spoil` does to it. */
export async function host(registry: string, spoil: Spoil = answer => answer, site?: string): Promise<Host> {
  const requests: string[] = [];
  let blobBytes = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    void answerTo(request, registry, site).then(async answer => {
      const spoiled = await spoil(answer, request);
      if (request.url!.startsWith('/blobs/') && request.method === 'GET')
        blobBytes += Math.min(spoiled.body.length, spoiled.cutAfter ?? Infinity);
      send(spoiled, request, response);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return {url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, blobBytes: () => blobBytes};
}

function send({status, headers, body, cutAfter}: Answer, {method}: IncomingMessage, response: ServerResponse): void {
  response.writeHead(status, headers);
  if (method === 'HEAD') return void response.end();
  if (cutAfter === undefined) return void response.end(body);
  response.write(body.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
}

const open = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Content-Range, Content-Length, ETag, Retry-After',
};
const types: Record<string, string> = {html: 'text/html', js: 'text/javascript', wasm: 'application/wasm'};

async function answerTo(request: IncomingMessage, registry: string, site?: string): Promise<Answer> {
  const {pathname} = new URL(request.url!, 'http://host');
  const [, folder = ''] = pathname.split('/');
  if (['blobs', 'manifests', 'channels'].includes(folder)) return fromRegistry(request, registry, folder, pathname);
  const name = pathname === '/' ? '/index.html' : pathname;
  const body = site === undefined ? undefined : await readFile(join(site, name)).catch(() => undefined);
  if (!body) return {status: 404, headers: {}, body: Buffer.from('no such page')};
  const type = types[name.split('.').at(-1)!] ?? 'application/octet-stream';
  return {status: 200, headers: {'content-type': type, ...isolated, 'content-security-policy': policy}, body};
}

const isolated = {'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp'};
const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src *";

async function fromRegistry({method, headers}: IncomingMessage, registry: string, folder: string, path: string) {
  if (method === 'OPTIONS')
    return {status: 204, headers: {...open, 'access-control-allow-headers': 'range'}, body: Buffer.alloc(0)};
  const body = await readFile(join(registry, path)).catch(() => undefined);
  if (!body) return {status: 404, headers: {...open, 'content-type': 'text/plain'}, body: Buffer.from('missing')};
  const etag = `"${sha256Of(body)}"`;
  const isBlob = folder === 'blobs';
  const plain = {
    ...open,
    'content-type': isBlob ? 'application/octet-stream' : 'application/json',
    'cache-control': folder === 'channels' ? 'public, max-age=60' : 'public, max-age=31536000, immutable, no-transform',
    etag,
  };
  if (headers['if-none-match'] === etag) return {status: 304, headers: plain, body: Buffer.alloc(0)};
  const ifRange = headers['if-range'];
  const range = ifRange !== undefined && ifRange !== etag ? undefined : headers.range;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const length = (bytes: number) => ({'content-length': String(bytes)});
  if (first === undefined) return {status: 200, headers: {...plain, ...length(body.length)}, body};
  if (Number(first) >= body.length) {
    const beyond = {...open, 'content-range': `bytes */${body.length}`};
    return {status: 416, headers: beyond, body: Buffer.alloc(0)};
  }
  const end = Math.min(body.length, last ? Number(last) + 1 : body.length);
  const part = body.subarray(Number(first), end);
  const contentRange = `bytes ${first}-${end - 1}/${body.length}`;
  return {status: 206, headers: {...plain, ...length(part.length), 'content-range': contentRange}, body: part};
}
