import {type Manifest, readManifest, toKedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import type {DownloadOptions} from '../install/download.js';
import type {Manifests} from '../release/manifest.js';
import {isComplete} from '../store/catalog.js';
import type {Store} from '../store/store.js';
import type {WireError} from './protocol.js';

export interface Installed {
  manifest: Manifest;
  downloadedBytes: number;
  /** Why it runs from memory; empty when all went well. */
  problems: WireError[];
}

export interface InstallWait {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface InstallsOptions extends DownloadOptions {
  /** The preferred one first. */
  registries: readonly string[];
}

/** What only a download needs is a file of its own. @throws KedgeError `network` */
async function loadInstaller() {
  try {
    return await import('../install.js');
  } catch (error) {
    throw toKedgeError(error, 'network', 'install.js of @kedge/client could not be loaded; nothing can be downloaded');
  }
}

/** Knows what is on this device, and has brought what is not. */
export class Installs {
  readonly #options: InstallsOptions;
  readonly #manifests: Manifests;
  #store: Promise<Store>;

  constructor(options: InstallsOptions, store: Promise<Store>, manifests: Manifests) {
    this.#options = options;
    this.#manifests = manifests;
    this.#store = store;
  }

  /** Where versions are read from: the disk, or memory over it once the disk refused. */
  get store(): Promise<Store> {
    return this.#store;
  }

  /** For a device on which nothing is stored: what a download needs comes while the release does. */
  prepare(): void {
    loadInstaller().catch(() => {});
  }

  /** Fetches what is missing of a version. Tabs take turns, so that each byte is downloaded once. */
  async install(digest: string, wait: InstallWait): Promise<Installed> {
    const installed = await this.#installed(digest);
    if (installed) return installed;
    const {bringVersion} = await loadInstaller();
    return bringVersion(digest, {
      ...this.#options,
      ...wait,
      readManifest,
      installed: () => this.#installed(digest),
      manifest: async () => this.#manifests.onDevice(digest, await this.#store),
      store: () => this.#store,
      useStore: store => {
        this.#store = Promise.resolve(store);
      },
    });
  }

  async #installed(digest: string): Promise<Installed | undefined> {
    const store = await this.#store;
    const record = await store.getRecord(digest);
    if (!record || !(await isComplete(record, store))) return undefined;
    return {manifest: record.manifest, downloadedBytes: 0, problems: []};
  }
}
