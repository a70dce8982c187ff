import {KedgeError, type Manifest, sha256} from '@kedge/core';
import type {Progress} from '../api.js';
import {connect, readAtMost} from '../install/fetch.js';
import type {Mirrors} from '../install/mirrors.js';
import {persist} from '../install/persist.js';
import type {Manifests} from './manifest.js';

const maxManifestBytes = 16 * 2 ** 20;

export interface ManifestOptions {
  mirrors: Mirrors;
  signal: AbortSignal;
  stallMs: number;
  manifests: Manifests;
  onProgress(progress: Progress): void;
}

/**
 * The manifest with this address, from the first mirror that has it.
 *
 * @throws KedgeError `network`, `response_invalid`, `manifest_invalid`; the signal's reason
 */
export function fetchManifest(digest: string, options: ManifestOptions): Promise<Manifest> {
  const {mirrors, signal, stallMs, onProgress, manifests} = options;
  return persist(
    {
      mirrors,
      signal,
      begun: () => false,
      gained: () => false,
      onWait: (reason, retryInMs) => onProgress({state: 'waiting', reason, retryInMs}),
      onGo: () => {},
    },
    async ({mirror, cache}) => {
      const url = `${mirror.registry}/manifests/${digest}.json`;
      const {body} = await connect(url, {}, {signal, stallMs, cache});
      const bytes = await readAtMost(body, maxManifestBytes, url, 'manifest_invalid');
      await verify(bytes, digest, url);
      return manifests.read(new TextDecoder().decode(bytes), url);
    },
  );
}

async function verify(bytes: Uint8Array<ArrayBuffer>, digest: string, url: string): Promise<void> {
  const got = await sha256(crypto.subtle, bytes);
  if (got !== digest)
    throw new KedgeError(
      'manifest_invalid',
      `${url}: expected SHA-256 ${digest}, got ${got}; the file is not the one the release names`,
    );
}
