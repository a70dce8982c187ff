import {KedgeError, type Manifest, readManifest, sha256, utf8} from '@kedge/core';
import {fetchRegistry} from '../install/fetch.js';
import type {Store} from '../store/store.js';
import {readAtMost} from './read-at-most.js';

const maxManifestBytes = 16 * 2 ** 20;

/** Manifests by their address: whoever hands one over, the address verifies it. */
export class Manifests {
  readonly #registry: string;
  readonly #embedded: readonly string[];
  #byDigest: Promise<Map<string, string>> | undefined;

  /** @param embedded texts that came with the app */
  constructor(registry: string, embedded: readonly string[]) {
    this.#registry = registry;
    this.#embedded = embedded;
  }

  /** From the catalog, or as it came with the app. */
  async onDevice(digest: string, store: Store): Promise<Manifest | undefined> {
    // A catalog that can't be read must not keep the app's own manifest away.
    const record = await store.getRecord(digest).catch(() => undefined);
    if (record) return record.manifest;
    this.#byDigest ??= byDigest(this.#embedded);
    const text = (await this.#byDigest).get(digest);
    return text === undefined ? undefined : readManifest(text, `the manifest ${digest} that came with the app`);
  }

  /** The same, else from the registry. @throws KedgeError `manifest_invalid`, `network`, `response_invalid` */
  async load(digest: string, store: Store, signal: AbortSignal): Promise<Manifest> {
    return (await this.onDevice(digest, store)) ?? this.#fetch(digest, signal);
  }

  async #fetch(digest: string, signal: AbortSignal): Promise<Manifest> {
    const url = `${this.#registry}/manifests/${digest}.json`;
    const bytes = await readAtMost(await fetchRegistry(url, {signal}), maxManifestBytes, url, 'manifest_invalid');
    const got = await sha256(crypto.subtle, bytes);
    if (got !== digest)
      throw new KedgeError(
        'manifest_invalid',
        `${url}: expected SHA-256 ${digest}, got ${got}; the file is not the one the release names`,
      );
    return readManifest(new TextDecoder().decode(bytes), url);
  }
}

async function byDigest(texts: readonly string[]): Promise<Map<string, string>> {
  return new Map(await Promise.all(texts.map(async text => [await sha256(crypto.subtle, utf8(text)), text] as const)));
}
