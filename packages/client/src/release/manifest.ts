import {KedgeError, type Manifest, readManifest, sha256} from '@kedge/core';
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
  const bytes = await readAtMost(await fetchRegistry(url, {signal}), maxManifestBytes, url);
  const got = await sha256(crypto.subtle, bytes);
  if (got !== digest)
    throw new KedgeError(
      'manifest_invalid',
      `${url}: expected SHA-256 ${digest}, got ${got}; the file is not the one the release names`,
    );
  return readManifest(new TextDecoder().decode(bytes), url);
}

/** A body that a hostile server can't make endless. */
async function readAtMost(response: Response, maxBytes: number, url: string): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBytes)
      throw new KedgeError('manifest_invalid', `${url}: more than ${maxBytes} bytes, which no manifest needs`);
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
