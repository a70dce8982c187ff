import type {Manifest, Release} from '@kedge/core';
import type {Progress} from '../api.js';
import {readArtifact} from '../install/assemble.js';
import type {BinaryAnswer, Pinned} from '../install/binary.js';
import type {DownloadOptions} from '../install/download.js';
import {connect, readAtMost, type Wire} from '../install/fetch.js';
import type {Manifests} from '../release/manifest.js';
import type {Governor} from '../store/governor.js';
import type {Keeping} from './keeping.js';
import {later} from './later.js';
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

const wire: Wire = {connect, readAtMost};

const loadInstaller = () => later('install', import('../install.js'));

/** Knows what is on this device, and has brought what is not. */
export class Installs {
  readonly #options: InstallsOptions;
  readonly #keeping: Keeping;
  readonly #manifests: Manifests;
  /** Versions that were told of before they were stored. */
  readonly #storing = new Map<string, Promise<Installed>>();
  #files: Promise<[Awaited<ReturnType<typeof loadInstaller>>, Governor]> | undefined;
  /** Nothing was stored here when this worker began, and nothing was asked for yet. */
  isNew = false;

  constructor(options: InstallsOptions, keeping: Keeping, manifests: Manifests) {
    this.#options = options;
    this.#keeping = keeping;
    this.#manifests = manifests;
  }

  /**
   * On a device on which nothing is stored what a download needs comes while the release does, and what it begins with as soon
   * as the release is here.
   *
   * @param release undefined as long as there is none
   */
  prepare(release: Release | undefined): void {
    if (!(this.isNew ||= !release)) return;
    this.#downloader()
      .then(([{foresee, rehearse}, governor]) =>
        release ? foresee(release, {...this.#options, wire, governor}, this.#manifests) : rehearse(wire),
      )
      .catch(() => {});
    this.#manifests.prepare();
  }

  /**
   * Fetches what is missing of a version. Tabs take turns, so that each byte is downloaded once. Answers when all of it is
   * verified: the last of it may be on its way into the store still, see `stored`.
   */
  async install(wanted: Wanted, wait: InstallWait): Promise<Installed> {
    const stores = await this.#keeping.stores;
    // What came of an earlier one that was never started says nothing of this one.
    this.#storing.delete(wanted.digest);
    // Looked for again in its turn.
    const found = !this.isNew && (await stores.find(wanted));
    this.isNew = false;
    if (found) return found;
    const [{bringVersion}, governor] = await this.#downloader();
    const rooms = {wire, manifests: this.#manifests, storing: this.#storing, stores, governor};
    return bringVersion(wanted, {...this.#options, ...wait, ...rooms});
  }

  /** What came of a version that `install` has told of. @throws KedgeError why it could not be stored */
  stored(digest: string): Promise<Installed> | undefined {
    const storing = this.#storing.get(digest);
    this.#storing.delete(digest);
    return storing;
  }

  /** The bytes of a binary that a version pins, fetched where they are missing; or why the app's own must do. @throws KedgeError `network`; the signal's reason */
  async binary(pinned: Pinned, wait: InstallWait): Promise<BinaryAnswer> {
    const [[{bringBinary}, governor], stores] = await Promise.all([this.#downloader(), this.#keeping.stores]);
    return bringBinary(pinned, {...this.#options, ...wait, wire, stores, governor, read: readArtifact});
  }

  /** What only a download needs is a file of its own, and so is what removes. Kept: an import takes a turn even where all is here. */
  #downloader() {
    const files = (this.#files ??= Promise.all([loadInstaller(), this.#keeping.governor()]));
    files.catch(() => (this.#files = undefined));
    return files;
  }
}
