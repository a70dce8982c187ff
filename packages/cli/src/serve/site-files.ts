import {realpath, stat} from 'node:fs/promises';
import {extname, join, resolve, sep} from 'node:path';
import {Hono} from 'hono';
import {fileResponse} from './file-response.js';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.wav': 'audio/wav',
};

/** Enough for a page that runs WebAssembly in its own workers, and nothing from elsewhere. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A built page: files as they are, `index.html` for every other address that a browser navigates to. */
export function siteFiles(site: string): Hono {
  const app = new Hono();
  app.get('*', async context => {
    const path = await fileAt(site, new URL(context.req.url).pathname);
    if (path) return respond(context.req.raw, path);
    const navigates = context.req.header('Accept')?.includes('text/html') ?? false;
    const index = navigates && extname(context.req.path) === '' ? await fileAt(site, '/index.html') : undefined;
    return index ? respond(context.req.raw, index) : context.json({error: 'not_found'}, 404);
  });
  return app;
}

/** The file that an address names; undefined for what is missing, hidden, or outside the folder (links too). */
async function fileAt(site: string, pathname: string): Promise<string | undefined> {
  let name: string;
  try {
    name = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (/[\0\\]|(^|\/)\./.test(name)) return undefined;
  const root = await realpath(resolve(site)).catch(() => undefined);
  const path =
    root && (await realpath(join(root, name.endsWith('/') ? `${name}index.html` : name)).catch(() => undefined));
  if (!path?.startsWith(root + sep)) return undefined;
  return (await stat(path)).isFile() ? path : undefined;
}

async function respond(request: Request, path: string): Promise<Response> {
  const {encoding, variant} = await precompressed(request, path);
  const {size, mtimeMs} = await stat(variant);
  return fileResponse(request, {
    path: variant,
    bytes: size,
    etag: `${size.toString(16)}-${Math.round(mtimeMs * 1000).toString(16)}${encoding ?? ''}`,
    type: types[extname(path)] ?? 'application/octet-stream',
    // Vite names the files under assets by their content.
    cacheControl: path.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
    headers: {
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'same-origin',
      Vary: 'Accept-Encoding',
      ...(encoding && {'Content-Encoding': encoding}),
    },
  });
}

/** The smaller twin beside a file, where the browser takes it. Ranges are of the plain file. */
async function precompressed(request: Request, path: string): Promise<{encoding?: string; variant: string}> {
  if (request.headers.has('Range')) return {variant: path};
  const accepted = request.headers.get('Accept-Encoding') ?? '';
  for (const [encoding, suffix] of [
    ['br', '.br'],
    ['gzip', '.gz'],
  ] as const) {
    if (!new RegExp(`\\b${encoding}\\b(?!;\\s*q=0(\\D|$))`).test(accepted)) continue;
    const found = await stat(path + suffix).catch(() => undefined);
    if (found?.isFile()) return {encoding, variant: path + suffix};
  }
  return {variant: path};
}
