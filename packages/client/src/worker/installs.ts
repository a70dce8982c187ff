import {isKedgeError, type Manifest} from '@kedge/core';
import type {Progress} from '../api.js';
import {install} from '../install/installer.js';
import type {Manifests} from '../release/manifest.js';
import {begin, complete, fail, isComplete} from '../store/catalog.js';
import {SpillStore} from '../store/spill.js';
import type {Store} from '../store/store.js';
import {exclusively} from './locks.js';
import {toWire, type WireError} from './protocol.js';

export interface Installed {
  manifest: Manifest;
  downloadedBytes: number;
  /** Why it runs from memory; undefined when it is stored. */
  problem: WireError | undefined;
}

export interface InstallWait {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** Brings versions onto this device. */
export class Installs {
  readonly #registry: string;
  readonly #manifests: Manifests;
  #store: Promise<Store>;

  constructor(registry: string, store: Promise<Store>, manifests: Manifests) {
    this.#registry = registry;
    this.#manifests = manifests;
    this.#store = store;
  }

  /** Where versions are read from: the disk, or memory over it once the disk refused. */
  get store(): Promise<Store> {
    return this.#store;
  }

  /** Fetches what is missing of a version. Tabs take turns, so that each byte is downloaded once. */
  async install(digest: string, wait: InstallWait): Promise<Installed> {
    const store = await this.#store;
    const known = await store.getRecord(digest);
    if (known && (await isComplete(known, store)))
      return {manifest: known.manifest, downloadedBytes: 0, problem: undefined};
    return exclusively(`kedge:install:${digest}`, wait.signal, () => this.#install(digest, wait));
  }

  async #install(digest: string, wait: InstallWait): Promise<Installed> {
    const store = await this.#store;
    const manifest = await this.#manifests.load(digest, store, wait.signal);
    try {
      return {manifest, downloadedBytes: await this.#fill(digest, manifest, store, wait), problem: undefined};
    } catch (error) {
      if (!isKedgeError(error) || (error.code !== 'storage_full' && error.code !== 'storage_unavailable')) throw error;
      const spill = new SpillStore(store);
      this.#store = Promise.resolve(spill);
      return {manifest, downloadedBytes: await this.#fill(digest, manifest, spill, wait), problem: toWire(error)};
    }
  }

  /** The catalog names the version before its chunks come, so that no sweep takes them; it says `verified` after the last. */
  async #fill(digest: string, manifest: Manifest, store: Store, wait: InstallWait): Promise<number> {
    // Whoever held the lock before may have brought it.
    const known = await store.getRecord(digest);
    if (known && (await isComplete(known, store))) return 0;
    await begin({digest, manifest}, store);
    try {
      const downloadedBytes = await install(manifest, {...wait, registry: this.#registry, store});
      await complete({digest, manifest}, store);
      return downloadedBytes;
    } catch (error) {
      // What was verified stays, and the next try goes on from there.
      if (isKedgeError(error) && !wait.signal.aborted) await fail(digest, error.code, store).catch(() => {});
      throw error;
    }
  }
}
