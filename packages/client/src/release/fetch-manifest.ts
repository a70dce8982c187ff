import {KedgeError, type Manifest, type Release, sha256} from '@kedge/core';
import type {Progress} from '../api.js';
import type {Wire} from '../install/fetch.js';
import type {Mirrors} from '../install/mirrors.js';
import {persist} from '../install/persist.js';
import {realm} from '../realm.js';
import type {Governor} from '../store/governor.js';
import type {Manifests} from './manifest.js';

const maxManifestBytes = 16 * 2 ** 20;

/** One try. */
interface TryOptions {
  wire: Wire;
  signal: AbortSignal;
  stallMs: number;
  manifests: Manifests;
}

export interface ForeseeOptions {
  /** The preferred one first. */
  registries: readonly string[];
  stallMs: number;
  wire: Wire;
  governor: Governor;
}

export interface ManifestOptions extends TryOptions {
  mirrors: Mirrors;
  onProgress(progress: Progress): void;
}

/**
 * Where a release has but one model, its champion's manifest is fetched before it is asked for: some kilobytes, and nothing
 * can be downloaded before it is read. One tab does; the others may find it in the browser's cache.
 */
export function foresee(release: Release, options: ForeseeOptions, manifests: Manifests): void {
  const {ahead} = manifests;
  const [model, ...others] = Object.values(release.models);
  if (!model?.enabled || others.length > 0) return;
  const {manifest: digest} = model.versions[model.champion]!;
  const begin = () => {
    // One is enough, and none is where one was asked for meanwhile.
    if (ahead.size > 0) return undefined;
    const stop = new AbortController();
    const {registries, governor} = options;
    const manifest = tryManifest(digest, registries[0]!, 'default', {...options, signal: stop.signal, manifests});
    ahead.set(digest, {manifest, stop, freeBytes: governor.freeBytes()});
    return manifest;
  };
  const begun = realm.locks
    ? realm.locks.request(`kedge:manifest:${digest}`, {ifAvailable: true}, lock => (lock ? begin() : undefined))
    : begin();
  // Heard by whoever asks for it.
  begun?.catch(() => {});
}

/**
 * The manifest with this address, from the first mirror that has it.
 *
 * @throws KedgeError `network`, `response_invalid`, `manifest_invalid`; the signal's reason
 */
export function fetchManifest(digest: string, options: ManifestOptions): Promise<Manifest> {
  const {mirrors, signal, onProgress, manifests} = options;
  const ahead = manifests.ahead.get(digest);
  manifests.ahead.set(digest, undefined);
  signal.addEventListener('abort', () => ahead?.stop.abort());
  let begun = ahead?.manifest;
  return persist(
    {
      mirrors,
      signal,
      onWait: (reason, retryInMs) => onProgress({state: 'waiting', reason, retryInMs}),
    },
    ({mirror, cache}) => {
      const first = begun;
      begun = undefined;
      return first ?? tryManifest(digest, mirror.registry, cache, options);
    },
  );
}

async function tryManifest(
  digest: string,
  registry: string,
  cache: RequestCache,
  options: TryOptions,
): Promise<Manifest> {
  const url = `${registry}/manifests/${digest}.json`;
  const {connect, readAtMost} = options.wire;
  const {body} = await connect(url, {}, {...options, cache});
  const bytes = await readAtMost(body, maxManifestBytes, url, 'manifest_invalid');
  await verify(bytes, digest, url);
  return options.manifests.read(new TextDecoder().decode(bytes), url);
}

async function verify(bytes: Uint8Array<ArrayBuffer>, digest: string, url: string): Promise<void> {
  const got = await sha256(crypto.subtle, bytes);
  if (got !== digest)
    throw new KedgeError(
      'manifest_invalid',
      `${url}: expected SHA-256 ${digest}, got ${got}; the file is not the one the release names`,
    );
}
