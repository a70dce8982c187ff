import {mkdirSync, readFileSync, statSync, symlinkSync} from 'node:fs';
import {get} from 'node:http';
import {connect} from 'node:net';
import {gzipSync} from 'node:zlib';
import {beforeEach, describe, expect, it, onTestFinished} from 'vitest';
import {file, folder, pseudoRandom} from '../../testing/fixtures.js';
import {storeArtifact} from '../registry/write.js';
import {serve, type ServeOptions, type Serving} from './serve.js';

const bytes = pseudoRandom(1000);
let registry: string;
let digest: string;

beforeEach(async () => {
  registry = folder();
  digest = (await storeArtifact(registry, bytes, 'x.bin')).sha256;
  mkdirSync(`${registry}/channels`);
  mkdirSync(`${registry}/manifests`);
  file(`${registry}/channels`, 'prod.json', '{"payload":""}');
  file(`${registry}/manifests`, `${digest}.json`, '{}');
});

async function start(options: Partial<ServeOptions> = {}): Promise<Serving> {
  const serving = await serve({registry, data: folder(), port: 0, ...options});
  onTestFinished(() => serving.close());
  return serving;
}

/** A request whose path is sent as it is; `fetch` would tidy it up. */
function raw(url: string, path: string): Promise<number> {
  const {hostname, port} = new URL(url);
  return new Promise((resolve, reject) => {
    get({hostname, port, path}, response => resolve(response.resume().statusCode!)).on('error', reject);
  });
}

describe('blobs', () => {
  const ask = async (headers: Record<string, string>, method = 'GET') => {
    const {url} = await start();
    return fetch(`${url}/blobs/${digest}`, {headers, method});
  };

  it('are immutable, open to other origins, and whole', async () => {
    const response = await ask({});
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable, no-transform',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Content-Range, Content-Length, ETag, Retry-After',
      'content-length': '1000',
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
    });
  });

  it.each([
    ['bytes=0-0', 206, 'bytes 0-0/1000', [0, 1]],
    ['bytes=10-19', 206, 'bytes 10-19/1000', [10, 20]],
    ['bytes=990-', 206, 'bytes 990-999/1000', [990, 1000]],
    ['bytes=-5', 206, 'bytes 995-999/1000', [995, 1000]],
    ['bytes=990-5000', 206, 'bytes 990-999/1000', [990, 1000]],
    ['bytes=0-1,5-6', 200, null, [0, 1000]],
    ['bytes=1000-', 416, 'bytes */1000', [0, 0]],
  ] as const)('answer %s', async (range, status, contentRange, [from, to]) => {
    const response = await ask({Range: range});
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes.slice(from, to));
  });

  it('are not sent again to whoever has them', async () => {
    const response = await ask({'If-None-Match': `"other", W/"${digest}"`});
    expect([response.status, await response.text()]).toEqual([304, '']);
  });

  it('are sent whole when the range was of another file', async () => {
    expect((await ask({Range: 'bytes=0-1', 'If-Range': '"other"'})).status).toBe(200);
    expect((await ask({Range: 'bytes=0-1', 'If-Range': `"${digest}"`})).status).toBe(206);
  });

  it('say their length on HEAD', async () => {
    const response = await ask({}, 'HEAD');
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '1000', '']);
  });
});

describe('the registry', () => {
  it('serves the channel fresh, and 304 when it has not changed', async () => {
    const {url} = await start();
    const first = await fetch(`${url}/registry/channels/prod.json`);
    expect([first.headers.get('cache-control'), first.headers.get('content-type')]).toEqual([
      'public, max-age=60',
      'application/json',
    ]);
    const headers = {'If-None-Match': first.headers.get('etag')!};
    expect((await fetch(`${url}/channels/prod.json`, {headers})).status).toBe(304);
    file(`${registry}/channels`, 'prod.json', '{"payload":"new"}');
    expect(await (await fetch(`${url}/channels/prod.json`, {headers})).json()).toEqual({payload: 'new'});
  });

  it('lets a page of another origin ask with a range', async () => {
    const {url} = await start();
    const response = await fetch(`${url}/blobs/${digest}`, {method: 'OPTIONS'});
    expect([response.status, response.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'Range, If-None-Match, If-Range',
    ]);
  });

  it('has nothing but its files, whatever the path', async () => {
    const secret = file(registry, 'secret', 'x');
    const {url} = await start({site: folder()});
    for (const path of [
      '/blobs/../secret',
      '/blobs/%2e%2e/secret',
      '/blobs/..%2fsecret',
      `/channels/..%2f..${encodeURIComponent(secret)}`,
      '/channels/../../etc/passwd',
      '/manifests/prod.json',
      '/registry/blobs/..%5csecret',
      `/blobs/${'0'.repeat(64)}`,
      `/blobs/${digest}/`,
    ])
      expect([path, await raw(url, path)]).toEqual([path, 404]);
  });
});

describe('the page', () => {
  function site(): string {
    const dir = folder();
    file(dir, 'index.html', '<!doctype html><title>Digits</title>');
    mkdirSync(`${dir}/assets`);
    file(`${dir}/assets`, 'app.js', 'export {};');
    file(`${dir}/assets`, 'app.js.gz', gzipSync('export {};'));
    file(`${dir}/assets`, 'ort.wasm', Uint8Array.of(0, 97, 115, 109));
    file(dir, '.env', 'SECRET');
    return dir;
  }

  it('may run WebAssembly in workers, and nothing from elsewhere', async () => {
    const {url} = await start({site: site()});
    const page = await fetch(url);
    expect(await page.text()).toContain('Digits');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const wasm = await fetch(`${url}/assets/ort.wasm`);
    expect(wasm.headers.get('content-type')).toBe('application/wasm');
    expect(wasm.headers.get('cache-control')).toContain('immutable');
  });

  it('comes compressed when a smaller twin lies beside it', async () => {
    const {url} = await start({site: site()});
    const zipped = await fetch(`${url}/assets/app.js`, {headers: {'Accept-Encoding': 'gzip'}});
    expect([zipped.headers.get('content-encoding'), zipped.headers.get('content-type')]).toEqual([
      'gzip',
      'text/javascript; charset=utf-8',
    ]);
    expect(await zipped.text()).toBe('export {};');
    const plain = await fetch(`${url}/assets/app.js`, {headers: {'Accept-Encoding': 'gzip;q=0, identity'}});
    expect(plain.headers.get('content-encoding')).toBeNull();
  });

  it('answers a navigation with the index, and a missing file with 404', async () => {
    const {url} = await start({site: site()});
    const navigate = {headers: {Accept: 'text/html'}};
    expect(await (await fetch(`${url}/models/digits`, navigate)).text()).toContain('Digits');
    expect((await fetch(`${url}/assets/gone.js`, navigate)).status).toBe(404);
    expect((await fetch(`${url}/models/digits`)).status).toBe(404);
  });

  it('never shows hidden files, or files that a link leads out to', async () => {
    const dir = site();
    symlinkSync(file(folder(), 'outside.txt', 'SECRET'), `${dir}/link.txt`);
    const {url} = await start({site: dir});
    for (const path of ['/.env', '/assets/../.env', '/%2e%65nv', '/link.txt', '/..%2f..%2fetc%2fpasswd', '/%00', '/%'])
      expect([path, await raw(url, path)]).toEqual([path, 404]);
  });

  it('is isolated from other origins only when asked', async () => {
    const [open, isolated] = [await start({site: site()}), await start({site: site(), isolate: true})];
    expect((await fetch(open.url)).headers.get('cross-origin-opener-policy')).toBeNull();
    const {headers} = await fetch(isolated.url);
    expect([headers.get('cross-origin-opener-policy'), headers.get('cross-origin-embedder-policy')]).toEqual([
      'same-origin',
      'require-corp',
    ]);
    const blob = await fetch(`${isolated.url}/blobs/${digest}`);
    expect(blob.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });
});

describe('the collector', () => {
  it('answers health and report on the same port', async () => {
    const {url} = await start();
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({status: 'ok'});
    expect(await (await fetch(`${url}/v1/report`)).json()).toMatchObject({schema: 'kedge.report/1', experiments: []});
    const page = await fetch(`${url}/report`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  it('keeps the write key that it made, for its owner only', async () => {
    const data = folder();
    const first = await serve({registry, data, port: 0});
    await first.close();
    expect((await start({data})).writeKey).toBe(first.writeKey);
    expect(readFileSync(`${data}/write-key`, 'utf8').trim()).toBe(first.writeKey);
    expect(statSync(`${data}/write-key`).mode & 0o777).toBe(0o600);
  });

  it('asks for the report token when there is one', async () => {
    const {url} = await start({reportToken: 'secret'});
    expect((await fetch(`${url}/v1/report`)).status).toBe(401);
    expect((await fetch(`${url}/v1/report`, {headers: {Authorization: 'Bearer secret'}})).status).toBe(200);
  });
});

describe('the port', () => {
  it('that is taken is named, with another to try', async () => {
    const {port} = await start();
    const options = {registry, data: folder(), port};
    await expect(serve(options)).rejects.toMatchObject({
      exitCode: 3,
      message: `port ${port} on 127.0.0.1 is taken by another process; choose another: --port ${port + 1}`,
    });
  });

  it('lets a running download end before it closes', async () => {
    const big = (await storeArtifact(registry, pseudoRandom(8 * 2 ** 20), 'big.bin')).sha256;
    const serving = await serve({registry, data: folder(), port: 0});
    const response = await fetch(`${serving.url}/blobs/${big}`);
    const closed = serving.close();
    expect((await response.arrayBuffer()).byteLength).toBe(8 * 2 ** 20);
    await closed;
    await expect(fetch(serving.url)).rejects.toThrow();
  });

  it('closes though a client keeps its connection open', async () => {
    const serving = await serve({registry, data: folder(), port: 0});
    const socket = connect(serving.port, '127.0.0.1');
    await new Promise(resolve => socket.once('connect', resolve));
    onTestFinished(() => void socket.destroy());
    const before = performance.now();
    await serving.close();
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
