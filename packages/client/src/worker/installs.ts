import {type Artifact, type Manifest, readManifest, toKedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import type {DownloadOptions} from '../install/download.js';
import type {BroughtFile} from '../install/file.js';
import type {Manifests} from '../release/manifest.js';
import {hasArtifact, type InstalledVersion} from '../store/catalog.js';
import type {Keeping} from './keeping.js';
import type {Notice} from './notice.js';
import type {WireError} from './protocol.js';

/** A version as it is asked for. */
export interface Wanted {
  digest: string;
  /** Smaller forms of the same version, the largest first, for a device that can't hold the full one. */
  variants: readonly string[];
}

export interface Installed {
  /** Of the form that is installed: the one asked for, or a smaller variant of it. */
  digest: string;
  manifest: Manifest;
  downloadedBytes: number;
  /** Why it is a smaller variant, or runs from memory; empty when all went well. */
  problems: readonly WireError[];
}

export interface InstallWait {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface InstallsOptions extends DownloadOptions {
  /** The preferred one first. */
  registries: readonly string[];
  /** Told of what changes in the store unasked. */
  tell(notice: Notice): void;
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
  readonly #keeping: Keeping;
  readonly #manifests: Manifests;

  constructor(options: InstallsOptions, keeping: Keeping, manifests: Manifests) {
    this.#options = options;
    this.#keeping = keeping;
    this.#manifests = manifests;
  }

  /** For a device on which nothing is stored: what a download needs comes while the release does. */
  prepare(): void {
    loadInstaller().catch(() => {});
    this.#keeping.governor().catch(() => {});
  }

  /** Fetches what is missing of a version. Tabs take turns, so that each byte is downloaded once. */
  async install(wanted: Wanted, wait: InstallWait): Promise<Installed> {
    const stores = await this.#keeping.stores;
    const found = await stores.find(wanted);
    if (found) return found;
    const [{bringVersion}, governor] = await Promise.all([loadInstaller(), this.#keeping.governor()]);
    return bringVersion(wanted, {
      ...this.#options,
      ...wait,
      readManifest,
      manifest: (digest, store) => this.#manifests.onDevice(digest, store),
      stores,
      governor,
    });
  }

  /** Fetches what is missing of a file that is no version's alone, such as a runtime's binary. @param version that wants it */
  async bring(file: Artifact, version: InstalledVersion, wait: InstallWait): Promise<BroughtFile> {
    const stores = await this.#keeping.stores;
    if (await hasArtifact(file, stores.all)) return {bytes: 0, problems: []};
    const [{bringFile}, governor] = await Promise.all([loadInstaller(), this.#keeping.governor()]);
    return bringFile(file, version, {...this.#options, ...wait, stores, governor});
  }
}
