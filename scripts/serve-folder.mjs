import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {createServer} from 'node:http';
import {extname, join, resolve, sep} from 'node:path';

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/**
 * Serves folders on a free local port: plain files for a measurement, not for people (the product's server is `kedge serve`).
 *
 * @param {string | Record<string, string>} folders one folder, or a folder for each path prefix: `{'/': 'dist', '/ort/': '…'}`
 * @param {{headers?: Record<string, string>}} [options] headers of every answer, such as those of cross-origin isolation
 * @returns {Promise<{url: string, close: () => Promise<void>}>} `url` without a slash at its end
 */
export async function serveFolder(folders, {headers = {}} = {}) {
  const mounts = Object.entries(typeof folders === 'string' ? {'/': folders} : folders).sort(
    ([a], [b]) => b.length - a.length,
  );
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = locate(mounts, path.endsWith('/') ? `${path}index.html` : path);
    const found = file ? await stat(file).catch(() => undefined) : undefined;
    if (!file || !found?.isFile()) return void response.writeHead(404).end();
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, {'content-type': type, 'content-length': found.size, ...headers});
    createReadStream(file).pipe(response);
  });
  await new Promise(done => server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    server.closeAllConnections();
    return /** @type {Promise<void>} */ (new Promise(done => server.close(() => done(undefined))));
  };
  return {url: `http://127.0.0.1:${address.port}`, close};
}

/** @param {[string, string][]} mounts @param {string} path */
function locate(mounts, path) {
  const mount = mounts.find(([prefix]) => path.startsWith(prefix));
  if (!mount) return undefined;
  const folder = resolve(mount[1]);
  const file = join(folder, path.slice(mount[0].length));
  return file.startsWith(folder + sep) ? file : undefined;
}
