import {
  type Artifact,
  canonicalJson,
  type Envelope,
  type Golden,
  type Jwk,
  type Manifest,
  type Release,
  releasePayloadType,
  sha256,
  signEnvelope,
  utf8,
} from '@kedge/core';
import type {Request, Served} from './file-server.js';
import {doubler} from './doubler.js';

const chunkBytes = 40;

async function put(path: string, bytes: Uint8Array<ArrayBuffer>, served?: Served): Promise<void> {
  await fetch(`/files${path}`, {
    method: 'PUT',
    body: bytes,
    ...(served && {headers: {'x-served': JSON.stringify(served)}}),
  });
}

/** Many chunks of a tiny model, a few of a real one. */
const sizeOf = (bytes: Uint8Array) => (bytes.length < 2 ** 20 ? chunkBytes : 2 ** 19);

async function artifactOf(path: string, bytes: Uint8Array<ArrayBuffer>, size = sizeOf(bytes)): Promise<Artifact> {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.slice(at, at + size);
    chunks.push({sha256: await sha256(crypto.subtle, part), bytes: part.length});
  }
  return {path, sha256: await sha256(crypto.subtle, bytes), bytes: bytes.length, chunks};
}

async function newKey(): Promise<{privateKey: Jwk; publicKey: Jwk}> {
  const pair = await crypto.subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify']);
  const [privateKey, publicKey] = await Promise.all(
    [pair.privateKey, pair.publicKey].map(key => crypto.subtle.exportKey('jwk', key)),
  );
  return {privateKey: privateKey as Jwk, publicKey: publicKey as Jwk};
}

function golden(scale: number): {bytes: Uint8Array<ArrayBuffer>; entry: Golden} {
  const values = Float32Array.of(1, 2, 1 * scale, 2 * scale);
  const slice = (offset: number) => ({
    artifact: 'golden.bin',
    offset,
    bytes: 8,
    dtype: 'float32' as const,
    shape: [2, 1],
  });
  return {
    bytes: new Uint8Array(values.buffer),
    entry: {inputs: {x: slice(0)}, outputs: {y: slice(8)}, tolerance: {absolute: 1e-6, relative: 0}},
  };
}

export interface PublishedVersion {
  version: string;
  digest: string;
  bytes: number;
  manifest: Manifest;
  model: Uint8Array<ArrayBuffer>;
}

/** A registry of its own on the test server, with signed releases of real, tiny ONNX models: `y = scale * x`. */
export class TestRegistry {
  readonly path = `/${crypto.randomUUID()}`;
  readonly url = new URL(`/files${this.path}`, location.href).href;
  #keys!: {privateKey: Jwk; publicKey: Jwk};

  static async create(): Promise<TestRegistry> {
    const registry = new TestRegistry();
    registry.#keys = await newKey();
    return registry;
  }

  get trustedKeys(): Jwk[] {
    return [this.#keys.publicKey];
  }

  /** Publishes a runtime's binary, for `Manifest.runtime.files`. */
  async publishBinary(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<Artifact> {
    const artifact = await artifactOf(path, bytes, 2 ** 20);
    await put(`${this.path}/blobs/${artifact.sha256}`, bytes);
    return artifact;
  }

  /** @param expectedScale what the golden outputs say; another number than `scale` makes a model that fails its test */
  async publish(
    version: string,
    scale: number,
    {
      expectedScale = scale,
      note = '',
      change = {},
      files = new Map([['model.onnx', doubler(scale, note)]]),
    }: {
      expectedScale?: number;
      note?: string;
      change?: Partial<Manifest>;
      files?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
    } = {},
  ): Promise<PublishedVersion> {
    const {bytes, entry} = golden(expectedScale);
    const all = [...files, ['golden.bin', bytes] as const];
    const artifacts = await Promise.all(all.map(([path, bytes]) => artifactOf(path, bytes)));
    const [model] = files.values();
    const tensor = (name: string) => ({name, dtype: 'float32' as const, shape: ['batch', 1]});
    const manifest: Manifest = {
      schema: 'kedge.manifest/1',
      model: 'scale',
      version,
      task: 'regression',
      format: 'onnx',
      entry: all[0]![0],
      artifacts,
      inputs: [tensor('x')],
      outputs: [tensor('y')],
      golden: [entry],
      baseline: {y: [0.5]},
      runtime: {package: 'onnxruntime-web', version: '1.30.0'},
      ...change,
    };
    for (const [i, [, bytes]] of all.entries()) await put(`${this.path}/blobs/${artifacts[i]!.sha256}`, bytes);
    const text = utf8(canonicalJson(manifest));
    const digest = await sha256(crypto.subtle, text);
    await put(`${this.path}/manifests/${digest}.json`, text);
    const total = all.reduce((sum, [, bytes]) => sum + bytes.length, 0);
    return {version, digest, bytes: total, manifest, model: model!};
  }

  release(versions: readonly PublishedVersion[], change: Partial<Release> = {}): Release {
    const now = Date.now();
    return {
      schema: 'kedge.release/1',
      channel: 'prod',
      version: 1,
      issued: new Date(now).toISOString(),
      expires: new Date(now + 86_400_000).toISOString(),
      models: {
        scale: {
          champion: versions[0]!.version,
          revoked: [],
          enabled: true,
          versions: Object.fromEntries(
            versions.map(({version, digest, bytes}) => [version, {manifest: digest, bytes}]),
          ),
        },
      },
      experiments: [],
      telemetry: {salt: 'salt', enabled: true},
      ...change,
    };
  }

  /** As the registry serves it. */
  async manifestText({digest}: PublishedVersion): Promise<string> {
    return (await fetch(`${this.url}/manifests/${digest}.json`)).text();
  }

  /** The text of a release, signed: what a registry serves and an app can embed. */
  async envelope(release: Release, keys?: readonly Jwk[]): Promise<string> {
    return JSON.stringify(await this.sign(release, keys));
  }

  get privateKey(): Jwk {
    return this.#keys.privateKey;
  }

  async sign(release: Release, keys: readonly Jwk[] = [this.#keys.privateKey]): Promise<Envelope> {
    return signEnvelope(crypto.subtle, releasePayloadType, utf8(canonicalJson(release)), keys);
  }

  async putRelease(release: Release, options: {keys?: readonly Jwk[]; served?: Served} = {}): Promise<void> {
    await this.putText('/channels/prod.json', await this.envelope(release, options.keys), options.served);
  }

  putText(path: string, text: string, served?: Served): Promise<void> {
    return put(this.path + path, utf8(text), served);
  }

  putBlob(version: PublishedVersion, bytes: Uint8Array<ArrayBuffer>, served?: Served): Promise<void> {
    return put(`${this.path}/blobs/${version.manifest.artifacts[0]!.sha256}`, bytes, served);
  }

  /** What was asked of the server, in order. @param part of the path, such as `/blobs/` */
  async requests(part = ''): Promise<Request[]> {
    const response = await fetch(`/files/log?under=${this.path}`);
    return ((await response.json()) as Request[]).filter(({path}) => path.includes(part));
  }
}
