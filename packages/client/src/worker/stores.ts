import {isKedgeError, type KedgeError} from '@kedge/core';
import {isComplete} from '../store/catalog.js';
import type {Store} from '../store/store.js';
import type {Installed, Wanted} from './installs.js';

/** Why a device does without the full form for a while. */
const lasting: readonly unknown[] = ['storage_full', 'runtime_unavailable'];
/** It may have room by then, or another browser. */
const retryMs = 7 * 86_400_000;

export function isStorageProblem(error: unknown): error is KedgeError {
  return isKedgeError(error) && (error.code === 'storage_full' || error.code === 'storage_unavailable');
}

/** Where versions are read from: the disk, and memory for what did not fit there. */
export class Stores {
  readonly disk: Store;
  /** Reads the disk too. */
  memory: Store | undefined;
  /** And why they are. */
  readonly #inMemory = new Map<string, KedgeError>();
  /** Of what is in memory the disk may have a part, which stays until this is called. */
  readonly rests = new Map<string, () => Promise<void>>();

  constructor(disk: Store) {
    this.disk = disk;
  }

  /** All that can be read here. */
  get all(): Store {
    return this.memory ?? this.disk;
  }

  storeOf(digest: string): Store {
    return this.#inMemory.has(digest) ? this.all : this.disk;
  }

  keepInMemory(digest: string, why: KedgeError): void {
    this.#inMemory.set(digest, why);
  }

  whyInMemory(digest: string): KedgeError | undefined {
    return this.#inMemory.get(digest);
  }

  /** The version, or the variant of it that was taken not long ago because the full form did not fit, or asks for more than this device has; that is not tried at every visit. */
  async find({digest, variants}: Wanted): Promise<Installed | undefined> {
    const installed = await this.installed(digest);
    if (installed || variants.length === 0) return installed;
    const full = await this.disk.getRecord(digest).catch(() => undefined);
    const decided = full && lasting.includes(full.code) && Math.abs(Date.now() - full.changedAt) < retryMs;
    return decided ? this.firstInstalled(variants) : undefined;
  }

  async firstInstalled(digests: readonly string[]): Promise<Installed | undefined> {
    for (const digest of digests) {
      const installed = await this.installed(digest);
      if (installed) return installed;
    }
    return undefined;
  }

  /** Undefined for a version that is not complete here, and where nothing can be read. */
  async installed(digest: string): Promise<Installed | undefined> {
    const store = this.storeOf(digest);
    try {
      const record = await store.getRecord(digest);
      if (!record || !(await isComplete(record, store))) return undefined;
      return {digest, manifest: record.manifest, downloadedBytes: 0, problems: []};
    } catch (error) {
      if (isStorageProblem(error)) return undefined;
      throw error;
    }
  }
}
