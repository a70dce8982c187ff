import {type Artifact, canonicalJson, type Manifest, type Release, type ReleasedModel, sha256, utf8} from '@kedge/core';
import {vi} from 'vitest';
import {Keeping} from '../src/worker/keeping.js';
import {Installs} from '../src/worker/installs.js';
import {Manifests} from '../src/release/manifest.js';
import type {Store} from '../src/store/store.js';
import {testManifest} from './manifest.js';

const registry = 'https://registry.test';

export interface WorldVersion {
  digest: string;
  manifest: Manifest;
}

/** A registry in memory that `fetch` finds: versions of two models, made of pieces that they share. */
export class World {
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly versions: WorldVersion[] = [];

  /** @param pieces what each version is made of, by number; a piece is a chunk */
  static async create(versions: readonly {model: string; pieces: readonly number[]}[]): Promise<World> {
    const world = new World();
    for (const [i, {model, pieces}] of versions.entries()) await world.#publish(model, `1.${i}.0`, pieces);
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) =>
      world.#answer(new Request(input).url, init),
    );
    return world;
  }

  async #publish(model: string, version: string, pieces: readonly number[]): Promise<void> {
    const parts = pieces.map(n => new Uint8Array(20 + n).fill(n));
    const chunks = await Promise.all(
      parts.map(async part => ({sha256: await sha256(crypto.subtle, part), bytes: part.length})),
    );
    const blob = new Uint8Array(await new Blob(parts).arrayBuffer());
    const artifact: Artifact = {path: 'm', sha256: await sha256(crypto.subtle, blob), bytes: blob.length, chunks};
    const manifest = testManifest(version, [], {model, artifacts: [artifact]});
    const text = utf8(canonicalJson(manifest));
    const digest = await sha256(crypto.subtle, text);
    this.#files.set(`${registry}/blobs/${artifact.sha256}`, blob);
    this.#files.set(`${registry}/manifests/${digest}.json`, text);
    this.versions.push({digest, manifest});
  }

  #answer(url: string, init: RequestInit | undefined): Response {
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

/** A worker's rooms over a store, as the engine builds them. */
export class Device {
  readonly keeping: Keeping;
  readonly #installs: Installs;
  readonly #sessions = new Set<string>();

  constructor(disk: Store) {
    const tell = () => {};
    const options = {budgetBytes: null, marked: [], sessions: () => this.#sessions, tell};
    this.keeping = new Keeping(options, async () => disk);
    const download = {registries: [registry], lanes: 2, stallMs: 10_000, tell};
    this.#installs = new Installs(download, this.keeping, new Manifests([]));
  }

  async install({digest}: WorldVersion): Promise<void> {
    const wait = {signal: new AbortController().signal, onProgress: () => {}};
    await this.#installs.install({digest, variants: []}, wait);
  }

  /** As after its golden outputs were right. @throws what kept it from being written down */
  async start(version: WorldVersion): Promise<void> {
    await this.install(version);
    this.#sessions.add(version.digest);
    await this.keeping.noteServing(version.digest);
    await this.keeping.idle();
  }

  /** The page goes; another one has nothing loaded. */
  leave(): void {
    this.#sessions.clear();
  }
}
