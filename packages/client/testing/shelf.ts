import {canonicalJson, type Manifest, type Patch, type Release, sha256, utf8} from '@kedge/core';
import {Manifests} from '../src/release/manifest.js';
import type {Progress} from '../src/api.js';
import type {Store} from '../src/store/store.js';
import {Installs, type InstallsOptions, type InstallWait, type Wanted} from '../src/worker/installs.js';
import {Keeping} from '../src/worker/keeping.js';
import type {Request, Served} from './file-server.js';
import {wholeInstall} from './whole-install.js';

export interface Blob {
  sha256: string;
  bytes: number;
  chunks: {sha256: string; bytes: number}[];
}

/** Bytes that repeat nowhere, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    words[i] = state ^ (state >>> 15) ^ Math.imul(i, 2654435761);
  }
  return new Uint8Array(words.buffer, 0, length);
}

export async function blobOf(bytes: Uint8Array<ArrayBuffer>, chunkBytes: number): Promise<Blob> {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const part = bytes.slice(at, at + chunkBytes);
    chunks.push({sha256: await sha256(crypto.subtle, part), bytes: part.length});
  }
  return {sha256: await sha256(crypto.subtle, bytes), bytes: bytes.length, chunks};
}

export interface Shelved {
  digest: string;
  manifest: Manifest;
  blob: Blob;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface ShelveOptions {
  version?: string;
  chunkBytes?: number;
  served?: Served;
  patches?: readonly Patch[];
}

/** A registry of its own on the test server that holds versions of one file, of any bytes: for what only delivers. */
export class Shelf {
  readonly path = `/${crypto.randomUUID()}`;
  readonly url = new URL(`/files${this.path}`, location.href).href;

  async put(path: string, bytes: Uint8Array<ArrayBuffer>, served?: Served): Promise<void> {
    await fetch(this.url + path, {
      method: 'PUT',
      body: bytes,
      ...(served && {headers: {'x-served': JSON.stringify(served)}}),
    });
  }

  async putBlob({blob, bytes}: Pick<Shelved, 'blob' | 'bytes'>, served?: Served): Promise<void> {
    await this.put(`/blobs/${blob.sha256}`, bytes, served);
  }

  async putManifest({digest, manifest}: Pick<Shelved, 'digest' | 'manifest'>, served?: Served): Promise<void> {
    await this.put(`/manifests/${digest}.json`, utf8(canonicalJson(manifest)), served);
  }

  /** A manifest under its address, whatever it says. */
  async list(manifest: Manifest): Promise<{digest: string; manifest: Manifest}> {
    const digest = await sha256(crypto.subtle, utf8(canonicalJson(manifest)));
    await this.putManifest({digest, manifest});
    return {digest, manifest};
  }

  async shelve(bytes: Uint8Array<ArrayBuffer>, options: ShelveOptions = {}): Promise<Shelved> {
    const {version = '1.0.0', chunkBytes = 65_536, served, patches} = options;
    const blob = await blobOf(bytes, chunkBytes);
    const tensor = (name: string) => ({name, dtype: 'float32' as const, shape: [1]});
    const manifest: Manifest = {
      schema: 'kedge.manifest/1',
      ...{model: 'shelved', version, task: 'other', format: 'onnx', entry: 'model.onnx'},
      artifacts: [{path: 'model.onnx', ...blob}],
      inputs: [tensor('x')],
      outputs: [tensor('y')],
      ...(patches && {patches: [...patches]}),
      golden: [],
      runtime: {package: 'onnxruntime-web', version: '1.30.0'},
    };
    const shelved = {...(await this.list(manifest)), blob, bytes};
    await this.putBlob(shelved, served);
    return shelved;
  }

  /** What was asked of a blob, in order. */
  async asked({sha256}: {sha256: string}): Promise<Request[]> {
    const response = await fetch(`/files/log?under=${this.path}/blobs/${sha256}`);
    return (await response.json()) as Request[];
  }

  /** Requests for the manifest too. */
  async all(): Promise<Request[]> {
    return (await (await fetch(`/files/log?under=${this.path}`)).json()) as Request[];
  }
}

/** `[start, end)` of every request. */
export function spansOf(requests: readonly Request[], totalBytes: number): [number, number][] {
  return requests.map(({range}) => {
    const [, start, end] = /bytes=(\d+)-(\d+)/.exec(range ?? '') ?? [];
    return start === undefined ? [0, totalBytes] : [Number(start), Number(end) + 1];
  });
}

/** Parts of the worker that only deliver, on a store of the test's choice. */
export function installsOn(store: Store, shelves: readonly Shelf[], options: Partial<InstallsOptions> = {}) {
  const {installs, prepare, stores} = partsOn(store, shelves, null, options);
  const install = (digest: string, wait: InstallWait) => wholeInstall(installs, {digest, variants: []}, wait);
  const ask = (digest: string, wait: InstallWait) => installs.install({digest, variants: []}, wait);
  return {install, ask, stored: (digest: string) => installs.stored(digest), prepare, stores};
}

/** The same within a budget, for versions with variants. */
export function installsWithin(budgetBytes: number, store: Store, shelves: readonly Shelf[]) {
  const {installs} = partsOn(store, shelves, budgetBytes);
  return {install: (wanted: Wanted, wait: InstallWait) => wholeInstall(installs, wanted, wait)};
}

function partsOn(
  store: Store,
  shelves: readonly Shelf[],
  budgetBytes: number | null,
  options: Partial<InstallsOptions> = {},
) {
  const tell = () => {};
  const keeping = new Keeping(
    {budgetBytes, marked: [], sessions: () => new Set(), tell, registries: [''], channel: 'prod'},
    async () => store,
  );
  const registries = shelves.map(({url}) => url);
  const installs = new Installs({registries, lanes: 3, stallMs: 15_000, tell, ...options}, keeping, new Manifests([]));
  const prepare = (release?: Release) => installs.prepare(release);
  return {installs, prepare, stores: keeping.stores};
}

/** Keeps what it is told. */
export function progressLog() {
  const told: Progress[] = [];
  return {told, onProgress: (progress: Progress) => void told.push(progress)};
}
