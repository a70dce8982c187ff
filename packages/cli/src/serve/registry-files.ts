import {createHash} from 'node:crypto';
import {readFile, stat} from 'node:fs/promises';
import {type Context, Hono} from 'hono';
import {blobPath, channelPath, manifestPath} from '../registry/paths.js';
import {fileResponse, matches, type ServedFile} from './file-response.js';

const immutable = 'public, max-age=31536000, immutable, no-transform';
const open: Record<string, string> = {
  // So that `kedge doctor` knows whose configuration to speak of.
  Server: 'kedge',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Range, Content-Length, ETag, Retry-After',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};
const preflight: Record<string, string> = {
  ...open,
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': 'Range, If-None-Match, If-Range',
  'Access-Control-Max-Age': '86400',
};

const folders = ['blobs', 'manifests', 'channels'] as const;
const blobName = /^[0-9a-f]{64}$/;
const manifestName = /^([0-9a-f]{64})\.json$/;
const channelName = /^([a-z0-9][a-z0-9._-]{0,63})\.json$/;

/**
 * A registry over HTTP, as any CDN would serve it. Names are matched whole, so no path leads out of the folder.
 *
 * They are matched here, not in the routes: behind a prefix, hono's router takes another route for one with braces in its pattern.
 */
export function registryFiles(registry: string): Hono {
  const app = new Hono();
  for (const folder of folders)
    app.options(`/${folder}/*`, () => new Response(null, {status: 204, headers: preflight}));
  app.get('/blobs/:name', context => {
    const [digest] = blobName.exec(context.req.param('name')) ?? [];
    return digest ? addressed(context, blobPath(registry, digest), digest, 'application/octet-stream') : missing();
  });
  app.get('/manifests/:name', context => {
    const [, address] = manifestName.exec(context.req.param('name')) ?? [];
    return address ? addressed(context, manifestPath(registry, address), address, 'application/json') : missing();
  });
  app.get('/channels/:name', context => {
    const [, name] = channelName.exec(context.req.param('name')) ?? [];
    return name ? channel(context, channelPath(registry, name)) : missing();
  });
  for (const folder of folders) app.all(`/${folder}/*`, () => missing());
  return app;
}

async function addressed(context: Context, path: string, etag: string, type: string): Promise<Response> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return missing();
  const file: ServedFile = {path, bytes: found.size, etag, type, cacheControl: immutable, headers: open};
  return fileResponse(context.req.raw, file);
}

/** Replaced while it is served: its tag and its bytes come from one read. */
async function channel(context: Context, path: string): Promise<Response> {
  const bytes = await readFile(path).catch(() => undefined);
  if (!bytes) return missing();
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
  const headers = {...open, 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=60', ETag: etag};
  if (matches(context.req.header('If-None-Match') ?? null, etag)) return new Response(null, {status: 304, headers});
  return new Response(new Uint8Array(bytes), {headers});
}

function missing(): Response {
  return Response.json({error: 'not_found'}, {status: 404, headers: {...open, 'Cache-Control': 'no-store'}});
}
