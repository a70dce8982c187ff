import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Plugin} from 'vite';

/** How a file is served; the faults are what real servers, proxies and captive portals do. */
export interface Served {
  status?: number;
  headers?: Record<string, string>;
  /** Sends only so many bytes, then ends as if all were there. */
  truncateTo?: number;
  /** Sends so many bytes, then cuts the connection. */
  breakAt?: number;
  /** Ignores Range. */
  ignoreRange?: boolean;
  /** Never answers. */
  silent?: boolean;
  /** Sends so many bytes, then nothing for ever. */
  stallAt?: number;
  /** Only the first so many requests go wrong; the others are answered as they should be. */
  times?: number;
  /** Sends the right headers and, from this byte of the file on, wrong bytes. */
  wrongFrom?: number;
  /** 302 to this address. */
  redirectTo?: string;
  /** Sends 64 KiB, then waits so long, in milliseconds, before the next. */
  dripMs?: number;
}

interface File extends Served {
  bytes: Buffer;
}

export interface Request {
  path: string;
  range: string | null;
  ifRange: string | null;
  /** Bytes of the file that were written to the connection; it may have been cut before they arrived. */
  sentBytes: number;
  /** Answers that were being sent when it came, this one included. */
  atOnce: number;
  method: string;
  /** What it was answered with; null when it was not. */
  status: number | null;
  /** What was sent, in base64. */
  body: string;
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** A real HTTP server for tests in the browser: what is PUT below `/files/` is served from there, with the faults asked for. */
export function fileServer(): Plugin {
  const files = new Map<string, File>();
  const log: Request[] = [];
  const open = new Map<string, number>();

  const put = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const options = request.headers['x-served'];
    files.set(path, {bytes: await body(request), ...(options ? (JSON.parse(String(options)) as Served) : {})});
    response.end();
  };

  const get = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const file = files.get(path);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const sent = (await body(request)).toString('base64');
    const atOnce = (open.get(path) ?? 0) + 1;
    open.set(path, atOnce);
    response.on('close', () => open.set(path, open.get(path)! - 1));
    const entry: Request = {
      ...{path, range: request.headers.range ?? null, method: request.method ?? '', body: sent, atOnce},
      ...{ifRange: (request.headers['if-range'] as string | undefined) ?? null, status: null, sentBytes: 0},
    };
    log.push(entry);
    const served = file && asServed(file);
    if (served?.silent) return;
    const tag = served?.headers?.etag;
    if (!served) response.writeHead(404).end('no such file');
    else if (served.redirectTo !== undefined) response.writeHead(302, {location: served.redirectTo}).end();
    else if (tag !== undefined && request.headers['if-none-match'] === tag)
      response.writeHead(304, served.headers).end();
    else {
      const isOther = entry.ifRange !== null && entry.ifRange !== tag;
      send(response, served, served.ignoreRange || isOther ? null : range, entry);
    }
    entry.status = response.statusCode;
  };

  return {
    name: 'file-server',
    configureServer(server) {
      server.middlewares.use('/files', (request, response) => {
        const path = (request.url ?? '/').split('?')[0]!;
        if (path === '/log')
          return void response.end(
            JSON.stringify(
              log.filter(entry =>
                entry.path.startsWith(new URL(request.url!, 'http://x').searchParams.get('under') ?? ''),
              ),
            ),
          );
        void (request.method === 'PUT' ? put(request, response, path) : get(request, response, path));
      });
    },
  };
}

/** The file with its faults, or without them when they had their times. */
function asServed(file: File): File {
  if (file.times === undefined) return file;
  return file.times-- > 0 ? file : {bytes: file.bytes};
}

function send(response: ServerResponse, file: File, range: RegExpExecArray | null, entry: Request): void {
  const [start, end] = range
    ? [Number(range[1]), Math.min(Number(range[2]) + 1, file.bytes.length)]
    : [0, file.bytes.length];
  const part = spoiled(file.bytes.subarray(start, end), (file.wrongFrom ?? Infinity) - start);
  const limit = file.truncateTo ?? file.breakAt ?? file.stallAt ?? part.length;
  response.writeHead(file.status ?? (range ? 206 : 200), {
    'content-type': 'application/octet-stream',
    'cache-control': 'no-store',
    ...(range && {'content-range': `bytes ${start}-${end - 1}/${file.bytes.length}`}),
    // A truncated file has the length it has; only a connection that breaks promises more.
    'content-length': String(file.truncateTo === undefined ? part.length : Math.min(limit, part.length)),
    ...file.headers,
  });
  void drip(response, part.subarray(0, limit), file.dripMs, entry).then(() => {
    // Ended, not reset, and after a pause: what was sent is in the page by then, on a busy machine too.
    if (file.breakAt !== undefined) setTimeout(() => response.socket?.end(), 500);
    else if (file.stallAt === undefined) response.end();
  });
}

function spoiled(bytes: Buffer, from: number): Buffer {
  if (from >= bytes.length) return bytes;
  const copy = Buffer.from(bytes);
  copy.fill(7, Math.max(0, from));
  return copy;
}

/** Resolves when all is written, or the other side is gone. */
async function drip(response: ServerResponse, bytes: Buffer, dripMs: number | undefined, entry: Request) {
  const step = dripMs === undefined ? Math.max(1, bytes.length) : 65_536;
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    const part = bytes.subarray(at, at + step);
    await new Promise<void>(resolve => response.write(part, () => resolve()));
    entry.sentBytes += part.length;
    if (dripMs !== undefined) await new Promise(resolve => setTimeout(resolve, dripMs));
  }
}
