import {createServer} from 'node:http';
import {readFile, stat} from 'node:fs/promises';
import {extname, join, resolve, sep} from 'node:path';
import {countHits} from './count-hits.mjs';
import {tagOf, unlessKnown, withOwnTag} from './etag.mjs';
import {sendAnswer} from './send-answer.mjs';
import {TokenBucket} from './token-bucket.mjs';

/** @type {Record<string, string>} */
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

const immutable = 'public, max-age=31536000, immutable, no-transform';

/** What such an address names never changes. */
const contentAddressed = /\/blobs\/[0-9a-f]{64}$/;

/** Where peers look for a model: the address stays when the file is replaced, and a host says so. @param {string} path */
const isReplaceable = path => path.startsWith('/blobs/') && !contentAddressed.test(path);

/** What `kedge serve` sends with a page: no inline script, no eval, workers of the page's own origin only. */
const policy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' http://127.0.0.1:*; img-src 'self' data:";

/** A buffer, or something too large to be one. @typedef {{readonly length: number, subarray: (start: number, end: number) => Buffer}} Body */

/**
 * An answer before it is sent; faults change it.
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string | number>} headers
 * @property {Body} body the whole file, or what is sent instead of it
 * @property {number} start first byte of the body that is sent
 * @property {number} end byte after the last one that is sent
 * @property {number} [stopAfter] sends only so many bytes, then does as `then` says
 * @property {'end' | 'break' | 'reset' | 'stall'} [then] ends in good order unless told
 * @property {number} [delayMs] before the first byte
 * @property {(piece: Buffer, offset: number) => Buffer} [change] of each piece sent, by its offset in the body
 */

/**
 * @typedef {object} Seen
 * @property {string} path
 * @property {string} method
 * @property {number} atMs when it came, in `performance.now()` milliseconds
 * @property {{start: number, end: number} | undefined} range as asked for
 * @property {number} status
 * @property {number} start first byte of the file that was sent
 * @property {number} sent bytes handed to the connection
 * @property {boolean} injected whether a fault changed the answer
 */

/** @typedef {(answer: Answer, seen: Seen) => Answer | undefined} Fault undefined answers nothing at all */
/** @typedef {{hits: number, name: string, remove: () => void}} Injected `hits` counts the answers that it made others */

/** @type {Answer} */
const notFound = {
  status: 404,
  headers: {'content-type': 'text/plain', 'access-control-allow-origin': '*'},
  body: Buffer.from('not found\n'),
  start: 0,
  end: 10,
};

/**
 * Serves a folder of pages and a registry over real sockets, with the faults asked for, and counts what it sent. Each one
 * listens on a port of its own, so that to a browser it is an origin with nothing stored.
 */
export class FaultServer {
  /** @type {Seen[]} */
  log = [];
  /** Every fault there was, healed or not. @type {Injected[]} */
  injected = [];
  line = new TokenBucket();
  /** Sent with every blob. @default what static hosts are told to send */
  blobCache = immutable;
  /** Sent with the page's own files. */
  assetCache = immutable;
  folders;
  #server;
  /** @type {Map<string, Body>} */
  #instead = new Map();
  /** @type {{match: (path: string) => boolean, fault: Fault, left: number, skip: number, state: Injected}[]} */
  #faults = [];
  #port = 0;
  #plugged = true;
  /** Bytes of blobs that may still be sent before every blob's connection waits. */
  #allowance = Infinity;
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @param {{site: string, registry: string}} folders */
  constructor(folders) {
    this.folders = folders;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get registryUrl() {
    return `${this.url}/registry`;
  }

  async listen() {
    await new Promise(done => this.#server.listen(this.#port, '127.0.0.1', () => done(undefined)));
    this.#port = /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
  }

  /** Nobody listens on the port, and every connection is gone. */
  async unplug() {
    this.#plugged = false;
    this.letGo();
    const closed = new Promise(done => this.#server.close(done));
    this.#server.closeAllConnections();
    await closed;
  }

  async plug() {
    this.#plugged = true;
    await this.listen();
  }

  async close() {
    if (this.#plugged) await this.unplug();
  }

  /** Serves these bytes at a path from now on. @param {string} path @param {string | Body} body */
  put(path, body) {
    this.#instead.set(path, typeof body === 'string' ? Buffer.from(body) : body);
  }

  /** @param {string} path */
  takeBack(path) {
    this.#instead.delete(path);
  }

  /**
   * @param {string | RegExp} pattern the path's end, or an expression
   * @param {Fault} fault
   * @param {{times?: number, skip?: number}} [options] only so many answers, after the first `skip`
   * @returns {Injected}
   */
  inject(pattern, fault, {times = Infinity, skip = 0} = {}) {
    const match = (/** @type {string} */ path) =>
      typeof pattern === 'string' ? path.endsWith(pattern) : pattern.test(path);
    const remove = () => void (this.#faults = this.#faults.filter(one => one !== entry));
    const state = {hits: 0, name: String(pattern), remove};
    const entry = {match, fault, left: times, skip, state};
    this.#faults.push(entry);
    this.injected.push(state);
    return state;
  }

  /** Ends every fault, and lets go whatever is held. */
  heal() {
    this.#faults = [];
    this.line.bytesPerSecond = Infinity;
    this.letGo();
  }

  /** Sends so many bytes of blobs more, over all connections, then holds them all. @param {number} bytes */
  holdAfter(bytes) {
    this.#allowance = bytes;
  }

  letGo() {
    this.#allowance = Infinity;
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  /** Resolves once a connection is held. */
  async held() {
    while (this.#waiting.size === 0) await new Promise(resolve => setTimeout(resolve, 5));
  }

  /** How many of `bytes` a blob's connection may send now; waits while it is none. @param {string} path @param {number} bytes */
  async #allow(path, bytes) {
    await this.line.take(bytes);
    if (!path.includes('/blobs/')) return bytes;
    while (this.#allowance <= 0) await new Promise(go => this.#waiting.add(() => go(undefined)));
    const allowed = Math.min(bytes, this.#allowance);
    this.#allowance -= allowed;
    return allowed;
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #answer(request, response) {
    const path = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const asked = range ? {start: Number(range[1]), end: Number(range[2]) + 1} : undefined;
    /** @type {Seen} */
    const seen = {
      ...{path, method: request.method ?? '', atMs: performance.now(), range: asked},
      ...{status: 0, start: 0, sent: 0, injected: false},
    };
    this.log.push(seen);
    const changed = this.#changed(await this.#plain(path, asked), seen);
    if (!changed) return;
    const answer = unlessKnown(changed, request.headers['if-none-match']);
    seen.status = answer.status;
    seen.start = answer.start;
    if (request.method === 'HEAD') return void response.writeHead(answer.status, answer.headers).end();
    await sendAnswer(response, answer, seen, bytes => this.#allow(path, bytes));
  }

  /** @param {Answer} plain @param {Seen} seen @returns {Answer | undefined} */
  #changed(plain, seen) {
    /** @type {Answer | undefined} */
    let answer = plain;
    for (const entry of this.#faults) {
      if (!answer || !entry.match(seen.path)) continue;
      if (entry.skip > 0) {
        entry.skip--;
        continue;
      }
      if (entry.left <= 0) continue;
      entry.left--;
      seen.injected = true;
      answer = countHits(entry.fault(answer, seen), answer, entry.state);
    }
    return answer && withOwnTag(answer, plain);
  }

  /** @param {string} path @param {{start: number, end: number} | undefined} range @returns {Promise<Answer>} */
  async #plain(path, range) {
    const body = this.#instead.get(path) ?? (await this.#file(path));
    if (!body) return notFound;
    const headers = this.#headers(path, body);
    const total = body.length;
    if (!range) return {status: 200, headers: {...headers, 'content-length': total}, body, start: 0, end: total};
    const [start, end] = [range.start, Math.min(range.end, total)];
    if (start >= total)
      return {status: 416, headers: {...headers, 'content-range': `bytes */${total}`}, body, start: 0, end: 0};
    const part = {'content-length': end - start, 'content-range': `bytes ${start}-${end - 1}/${total}`};
    return {status: 206, headers: {...headers, ...part}, body, start, end};
  }

  /** @param {string} path @param {Body} body @returns {Record<string, string>} */
  #headers(path, body) {
    const blob = contentAddressed.test(path);
    const page = path.endsWith('.html');
    return {
      'content-type': blob ? 'application/octet-stream' : (types[extname(path)] ?? 'application/octet-stream'),
      'cache-control': this.#cacheControl(path),
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Content-Range, Content-Length, ETag, Retry-After',
      ...(isReplaceable(path) && {etag: tagOf(body)}),
      ...(page && !path.startsWith('/peers') && {'content-security-policy': policy}),
    };
  }

  /** @param {string} path */
  #cacheControl(path) {
    if (contentAddressed.test(path)) return this.blobCache;
    // Their names change with their content.
    if (path.includes('/assets/')) return this.assetCache;
    if (path.includes('/manifests/')) return immutable;
    return path.includes('/channels/') ? 'max-age=60' : 'no-cache';
  }

  /** @param {string} path @returns {Promise<Body | undefined>} */
  async #file(path) {
    const registry = path.startsWith('/registry/');
    const folder = resolve(registry ? this.folders.registry : this.folders.site);
    const file = join(folder, registry ? path.slice('/registry'.length) : path);
    if (!file.startsWith(folder + sep) || !(await stat(file).catch(() => undefined))?.isFile()) return undefined;
    return readFile(file);
  }
}
