import {
  type Artifact,
  canonicalJson,
  deltaOps,
  type Patch,
  type Manifest,
  type Release,
  type ReleasedModel,
  sha256,
  utf8,
} from '@kedge/core';
import {vi} from 'vitest';
import {Keeping} from '../src/worker/keeping.js';
import {Installs} from '../src/worker/installs.js';
import {Manifests} from '../src/release/manifest.js';
import type {Store} from '../src/store/store.js';
import {testManifest} from './manifest.js';
import {wholeInstall} from './whole-install.js';

const registry = 'https://registry.test';

export interface WorldVersion {
  digest: string;
  manifest: Manifest;
}

/** What a version is made of: pieces by number, each a chunk; a runtime's file of its own; a patch from an earlier version. */
export interface Made {
  model: string;
  pieces: readonly number[];
  file?: readonly number[];
  patchFrom?: number;
}

/** A registry in memory that `fetch` finds: versions of a few models, made of pieces that they share. */
export class World {
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly versions: WorldVersion[] = [];
  /** Of each version's patch. */
  readonly #patches = new Map<string, string>();
  readonly #asked = new Set<string>();

  static async create(versions: readonly Made[]): Promise<World> {
    const world = new World();
    for (const [i, made] of versions.entries()) await world.#publish(`1.${i}.0`, made);
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) =>
      world.#answer(new Request(input).url, init),
    );
    return world;
  }

  async #publish(version: string, {model, pieces, file, patchFrom}: Made): Promise<void> {
    const artifact = await this.#put('m', pieces.map(piece));
    const files = file && [await this.#put('runtime.wasm', file.map(piece))];
    const patches = patchFrom !== undefined ? [await this.#patch(this.versions[patchFrom]!, artifact)] : undefined;
    const runtime = {package: 'p', version: '1.0.0', ...(files && {files})};
    const change = {model, artifacts: [artifact], runtime, ...(patches && {patches})};
    const manifest = testManifest(version, [], change);
    const text = utf8(canonicalJson(manifest));
    const digest = await sha256(crypto.subtle, text);
    this.#files.set(`${registry}/manifests/${digest}.json`, text);
    this.versions.push({digest, manifest});
    if (patches) this.#patches.set(digest, patches[0]!.sha256);
  }

  async #put(path: string, parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Artifact> {
    const chunks = await Promise.all(
      parts.map(async part => ({sha256: await sha256(crypto.subtle, part), bytes: part.length})),
    );
    const blob = new Uint8Array(await new Blob([...parts]).arrayBuffer());
    const digest = await sha256(crypto.subtle, blob);
    this.#files.set(`${registry}/blobs/${digest}`, blob);
    return {path, sha256: digest, bytes: blob.length, chunks};
  }

  /** In chunks of its own, so that a device may die between them. */
  async #patch({manifest}: WorldVersion, target: Artifact): Promise<Patch> {
    const [base] = manifest.artifacts;
    const [from, to] = [base!, target].map(({sha256}) => this.#files.get(`${registry}/blobs/${sha256}`)!);
    const ops = deltaOps({width: 1, isFloat: false}, 0, from!, to!) as Uint8Array<ArrayBuffer>[];
    const gzip = new Blob(ops).stream().pipeThrough(new CompressionStream('gzip'));
    const bytes = new Uint8Array(await new Response(gzip).arrayBuffer());
    const half = bytes.length >> 1;
    const {path: _, ...blob} = await this.#put('', [bytes.slice(0, half), bytes.slice(half)]);
    return {artifact: target.path, base: base!.sha256, ...blob};
  }

  /** Whether anybody has asked for the version's patch. */
  patched({digest}: WorldVersion): boolean {
    return this.#asked.has(`${registry}/blobs/${this.#patches.get(digest)}`);
  }

  #answer(url: string, init: RequestInit | undefined): Response {
    this.#asked.add(url);
    const file = this.#files.get(url);
    if (!file) return new Response(null, {status: 404});
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '');
    if (!range) return new Response(file);
    const [start, end] = [Number(range[1]), Number(range[2])];
    const headers = {'content-range': `bytes ${start}-${end}/${file.length}`};
    return new Response(file.slice(start, end + 1), {status: 206, headers});
  }

  /** A release that revokes this version. @param next takes its place */
  revoking({manifest, digest}: WorldVersion, next?: WorldVersion): Release {
    const model: ReleasedModel = {
      champion: next?.manifest.version ?? '9.9.9',
      versions: {
        [manifest.version]: {manifest: digest, bytes: 1},
        ...(next && {[next.manifest.version]: {manifest: next.digest, bytes: 1}}),
      },
      revoked: [manifest.version],
      enabled: true,
    };
    return {models: {[manifest.model]: model}} as unknown as Release;
  }
}

/** From 100 on of one length, so that two files of as many are as long. */
const piece = (n: number) => new Uint8Array(n < 100 ? 20 + n : 120).fill(n);

/** A worker's rooms over a store, as the engine builds them. */
export class Device {
  readonly keeping: Keeping;
  readonly #installs: Installs;
  readonly #sessions = new Set<string>();

  constructor(disk: Store) {
    const tell = () => {};
    const options = {
      budgetBytes: null,
      marked: [],
      sessions: () => this.#sessions,
      tell,
      registries: [registry],
      channel: 'prod',
    };
    this.keeping = new Keeping(options, async () => disk);
    const download = {registries: [registry], lanes: 2, stallMs: 10_000, tell};
    this.#installs = new Installs(download, this.keeping, new Manifests([]));
  }

  async install({digest}: WorldVersion): Promise<void> {
    const wait = {signal: new AbortController().signal, onProgress: () => {}};
    await wholeInstall(this.#installs, {digest, variants: []}, wait);
  }

  /** As after its golden outputs were right. @throws what kept it from being written down */
  async start(version: WorldVersion): Promise<void> {
    await this.install(version);
    await this.#bringBinary(version);
    this.#sessions.add(version.digest);
    await this.keeping.noteServing(version.digest);
    await this.keeping.idle();
  }

  /** As the runtime asks for it. One that can't be had is no reason not to run. */
  async #bringBinary(version: WorldVersion): Promise<void> {
    const [file] = version.manifest.runtime.files ?? [];
    const wait = {signal: new AbortController().signal, onProgress: () => {}};
    const wanted = {path: 'runtime.wasm', package: 'p', version: '1.0.0'};
    if (file) await this.#installs.binary({file, wanted, version}, wait);
  }

  /** The page goes; another one has nothing loaded. */
  leave(): void {
    this.#sessions.clear();
  }
}
