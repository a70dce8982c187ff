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
}

interface File extends Served {
  bytes: Buffer;
}

export interface Request {
  path: string;
  range: string | null;
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

  const put = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const options = request.headers['x-served'];
    files.set(path, {bytes: await body(request), ...(options ? (JSON.parse(String(options)) as Served) : {})});
    response.end();
  };

  const get = async (request: IncomingMessage, response: ServerResponse, path: string) => {
    const file = files.get(path);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const sent = (await body(request)).toString('base64');
    const entry: Request = {
      ...{path, range: request.headers.range ?? null, method: request.method ?? '', body: sent},
      status: null,
    };
    log.push(entry);
    if (file?.silent) return;
    const tag = file?.headers?.etag;
    if (!file) response.writeHead(404).end('no such file');
    else if (tag !== undefined && request.headers['if-none-match'] === tag) response.writeHead(304, file.headers).end();
    else send(response, file, file.ignoreRange ? null : range);
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

function send(response: ServerResponse, file: File, range: RegExpExecArray | null): void {
  const [start, end] = range
    ? [Number(range[1]), Math.min(Number(range[2]) + 1, file.bytes.length)]
    : [0, file.bytes.length];
  const part = file.bytes.subarray(start, end);
  const limit = file.truncateTo ?? file.breakAt ?? file.stallAt ?? part.length;
  response.writeHead(file.status ?? (range ? 206 : 200), {
    'content-type': 'application/octet-stream',
    'cache-control': 'no-store',
    ...(range && {'content-range': `bytes ${start}-${end - 1}/${file.bytes.length}`}),
    // A truncated file has the length it has; only a connection that breaks promises more.
    'content-length': String(file.truncateTo === undefined ? part.length : Math.min(limit, part.length)),
    ...file.headers,
  });
  response.write(part.subarray(0, limit), () => {
    // Ended, not reset, and after a pause: what was sent is in the page by then, on a busy machine too.
    if (file.breakAt !== undefined) setTimeout(() => response.socket?.end(), 500);
    else if (file.stallAt === undefined) response.end();
  });
}
