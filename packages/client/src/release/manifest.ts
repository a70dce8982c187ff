import {KedgeError, Manifest, parseJson, sha256} from '@kedge/core';
import {fetchRegistry} from '../install/fetch.js';
import type {Store} from '../store/store.js';

const maxManifestBytes = 16 * 2 ** 20;

/** The manifest with this address: from the catalog, else from the registry, verified. */
export async function loadManifest(
  digest: string,
  registry: string,
  store: Store,
  signal: AbortSignal,
): Promise<Manifest> {
  const record = await store.getRecord(digest);
  if (record) return record.manifest;
  const url = `${registry}/manifests/${digest}.json`;
  const response = await fetchRegistry(url, {signal});
  const bytes = new Uint8Array(await response.arrayBuffer());
  const got = await sha256(crypto.subtle, bytes);
  if (got !== digest)
    throw new KedgeError(
      'manifest_invalid',
      `${url}: expected SHA-256 ${digest}, got ${got}; the file is not the one the release names`,
    );
  if (bytes.length > maxManifestBytes)
    throw new KedgeError(
      'manifest_invalid',
      `${url}: ${bytes.length} bytes is more than a manifest may have (${maxManifestBytes})`,
    );
  return parseJson(Manifest, new TextDecoder().decode(bytes), 'manifest_invalid', url);
}
