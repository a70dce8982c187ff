import {type Manifest, sha256, utf8} from '@kedge/core';
import type {Store} from '../store/store.js';
import {later} from '../worker/later.js';

const loadReader = () => later('manifest', import('../manifest.js'));

/** A try at a manifest. */
export interface Ahead {
  manifest: Promise<Manifest>;
  stop: AbortController;
  /** What could come for sure then; NaN where nobody knows. */
  freeBytes: Promise<number>;
}

/** Manifests by their address: whoever hands one over, the address verifies it. */
export class Manifests {
  /** Tries that were begun before anybody asked, by address; undefined for one that was made use of. */
  readonly ahead = new Map<string, Ahead | undefined>();
  readonly #embedded: readonly string[];
  #byDigest: Promise<Map<string, string>> | undefined;

  /** @param embedded texts that came with the app */
  constructor(embedded: readonly string[]) {
    this.#embedded = embedded;
  }

  /** From the catalog, or as it came with the app. */
  async onDevice(digest: string, store: Store): Promise<Manifest | undefined> {
    // A catalog that can't be read must not keep the app's own manifest away.
    const record = await store.getRecord(digest).catch(() => undefined);
    if (record) return record.manifest;
    this.#byDigest ??= byDigest(this.#embedded);
    const text = (await this.#byDigest).get(digest);
    return text === undefined ? undefined : this.read(text, `the embedded manifest ${digest}`);
  }

  /** @throws KedgeError `manifest_invalid`, naming the first field that is wrong; `network` */
  async read(text: string, where: string): Promise<Manifest> {
    return (await loadReader()).readManifest(text, where);
  }

  /** For a device on which nothing is stored. */
  prepare(): void {
    loadReader().catch(() => {});
  }
}

async function byDigest(texts: readonly string[]): Promise<Map<string, string>> {
  return new Map(await Promise.all(texts.map(async text => [await sha256(crypto.subtle, utf8(text)), text] as const)));
}
