import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {addVersion, newKeys, packModel, readKey, serve} from '@kedge/cli';
import type {Jwk} from '@kedge/core';
import {digitsFiles, digitsFolder} from '../../demo/models/idx.mjs';
import {encode, onnxModel, operatorModel, weights} from '../onnx-model.mjs';
import {inRoot} from '../paths.mjs';
import {writeFileSync} from 'node:fs';

/** What was asked of a blob, and how much of it was sent. */
export interface Asked {
  method: string;
  path: string;
  /** Of the blob: from, and one past the last. */
  start: number;
  end: number;
  sentBytes: number;
}

/** `kedge serve` over a registry of real models, behind a door that counts, slows down and shuts. */
export class Host {
  readonly folder: string;
  readonly writeKey = 'edge';
  url = '';
  asked: Asked[] = [];
  /** Between two pieces of a body, in milliseconds. */
  dripMs = 0;
  /** Answers nobody. */
  shut = false;
  readonly #closers: (() => Promise<unknown>)[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  get keyFile(): string {
    return join(this.folder, 'keys', 'public.json');
  }

  get publicKey(): Jwk {
    return JSON.parse(readFileSync(this.keyFile, 'utf8')) as Jwk;
  }

  async open(): Promise<void> {
    const [registry, data] = [join(this.folder, 'registry'), join(this.folder, 'data')];
    await newKeys(join(this.folder, 'keys'));
    await packAll(this.folder, registry);
    const serving = await serve({registry, data, port: 0, writeKey: this.writeKey});
    const door = createServer((request, response) => {
      this.#pass(serving.url, request, response).catch(() => response.destroy());
    });
    await once(door.listen(0, '127.0.0.1'), 'listening');
    this.url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    this.#closers.push(async () => {
      door.closeAllConnections();
      await new Promise(resolve => door.close(resolve));
      await serving.close();
    });
  }

  /** Requests under a folder, such as `/blobs/`. */
  askedFor(part: string): Asked[] {
    return this.asked.filter(({path}) => path.includes(part));
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
  }

  async #pass(to: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.shut) return void request.socket.destroy();
    const {method = 'GET', url = '/', headers} = request;
    const body = method === 'POST' ? await bytesOf(request) : undefined;
    const answer = await fetch(to + url, {method, headers: forwarded(headers), ...(body && {body})});
    const asked: Asked = {method, path: url, ...rangeOf(answer), sentBytes: 0};
    this.asked.push(asked);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const piece of answer.body ?? []) {
      asked.sentBytes += piece.length;
      response.write(piece);
      if (this.dripMs > 0) await new Promise(resolve => setTimeout(resolve, this.dripMs));
    }
    response.end();
  }
}

function forwarded(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !['host', 'connection', 'content-length'].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return new Uint8Array(Buffer.concat(parts));
}

function rangeOf({headers}: Response): {start: number; end: number} {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(headers.get('content-range') ?? '') ?? [];
  if (first !== undefined && last !== undefined) return {start: Number(first), end: Number(last) + 1};
  return {start: 0, end: Number(headers.get('content-length') ?? 0)};
}

/** The demo's larger digit model, `wide`, of eight megabytes, and `half`, which changes the sign of float16. */
async function packAll(folder: string, registry: string): Promise<void> {
  const digits = inRoot('demo', 'models', 'digits', '1.1.0');
  const [examples, labels] = digitsFiles.test.map(name => join(digitsFolder, name)) as [string, string];
  const common = {registry, version: '1.1.0', runtimeFiles: false as const};
  const files = {model: join(digits, 'model.onnx'), meta: join(digits, 'model.json')};
  await packModel({...common, ...files, name: 'digits', validation: {examples, labels}, limit: 100});
  await packModel({...common, ...writeWide(folder), name: 'wide', run: false});
  await packModel({...common, ...writeHalf(folder), name: 'half', run: false});
  const privateKeys = [await readKey(join(folder, 'keys', 'private.json'), 'private')];
  for (const name of ['digits', 'wide', 'half'])
    await addVersion(`${name}@1.1.0`, true, {registry, channel: 'prod', privateKeys});
}

function writeWide(folder: string): {model: string; meta: string} {
  const size = 512;
  const layers = Array.from({length: 8}, (_, i) => ({
    ...{rows: size, columns: size, type: 'float32' as const},
    data: encode(weights(size * size, i + 1), 'float32'),
  }));
  return write(folder, 'wide', onnxModel(layers));
}

const writeHalf = (folder: string) =>
  write(folder, 'half', operatorModel('Neg', {x: ['batch', 4]}, ['batch', 4], 'float16'));

function write(folder: string, name: string, data: Uint8Array): {model: string; meta: string} {
  const [model, meta] = [join(folder, `${name}.onnx`), join(folder, `${name}.json`)];
  writeFileSync(model, data);
  writeFileSync(meta, JSON.stringify({task: 'other'}));
  return {model, meta};
}
