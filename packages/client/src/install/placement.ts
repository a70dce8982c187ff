import {isKedgeError, type KedgeError} from '@kedge/core';
import type {InstalledVersion} from '../store/catalog.js';
import type {Governor} from '../store/governor.js';
import {bytesIn, chunksOf} from '../store/record.js';
import {fail, refuse, SpillStore} from '../storage.js';
import type {Store} from '../store/store.js';
import type {Installed, Wanted} from '../worker/installs.js';
import type {Notice} from '../worker/notice.js';
import {toWire} from '../worker/protocol.js';
import {isStorageProblem, type Stores} from '../worker/stores.js';
import type {OnRefused} from './writer.js';

/** Runs `work` while removals may go on. */
export type Aside = <T>(work: () => Promise<T>) => Promise<T>;

export interface PlacementOptions {
  stores: Stores;
  governor: Governor;
  /** Told of each step down. */
  tell(notice: Notice): void;
}

/**
 * Where a version goes. In this order: onto the disk, after what is not pinned has made room; a smaller variant onto the disk;
 * into memory. Each step is told, and nothing that serves is given up for it.
 */
export class Placement {
  readonly #wanted: Wanted;
  readonly #options: PlacementOptions;
  #freeBytes: Promise<number> | undefined;
  /** Why it is not the full form on the disk. */
  readonly #problems: KedgeError[] = [];

  constructor(wanted: Wanted, options: PlacementOptions) {
    this.#wanted = wanted;
    this.#options = options;
  }

  /** @param bring downloads one form of it into a store */
  async place(bring: (digest: string, store: Store) => Promise<Installed>): Promise<Installed> {
    const {stores} = this.#options;
    const {digest: full, variants} = this.#wanted;
    for (const digest of [full, ...variants])
      try {
        return await this.#told(await bring(digest, stores.disk));
      } catch (error) {
        if (!isStorageProblem(error)) return this.#insteadOf(error);
        this.#problems.push(error);
      }
    const installed = await bring(full, this.#memory());
    stores.keepInMemory(full);
    return this.#told(installed);
  }

  /** Asks what may come for sure, ahead of `fill`. */
  look(): void {
    this.#freeBytes = this.#options.governor.freeBytes().catch(() => NaN);
  }

  /**
   * Runs `work`, on the disk again after every refused write that could be answered with more room. Nothing is removed while
   * it runs, but when it asks for room itself.
   *
   * @param work is given what the store has of it where it is sure that the rest fits: then nothing need be waited for
   * @throws KedgeError `storage_full` when what may be removed is not enough; the version is then known to be too large
   */
  async fill<T>(
    version: InstalledVersion,
    store: Store,
    aside: Aside,
    work: (onRefused: OnRefused, has: Set<string> | undefined) => Promise<T>,
  ): Promise<T> {
    const {stores, governor} = this.#options;
    const makeRoom = async (error: unknown) => {
      if (!isKedgeError(error) || error.code !== 'storage_full' || store !== stores.disk) return false;
      return aside(() => governor.refused(version));
    };
    for (let has = await this.#room(version, store, aside); ; has = undefined)
      try {
        return await work(async error => ((await makeRoom(error)) ? store : this.#spill(version, store, error)), has);
      } catch (error) {
        if (!(await makeRoom(error))) throw error;
      }
  }

  /** @returns what is stored of it where the rest fits for sure; undefined after room was made as far as that can be known */
  async #room(version: InstalledVersion, store: Store, aside: Aside): Promise<Set<string> | undefined> {
    const {stores, governor} = this.#options;
    const chunks = chunksOf(version.manifest);
    const look = store.hasChunks(chunks.map(({sha256}) => sha256)).catch(() => undefined);
    // What is fetched again is lost no more: looked for before the catalog changes.
    const [has, freeBytes] = await Promise.all([look, this.#freeBytes, governor.inspect()]);
    if (has && bytesIn(chunks, has) <= freeBytes!) return has;
    if (store === stores.disk) await aside(() => this.#reserve(version));
    return undefined;
  }

  async #reserve(version: InstalledVersion): Promise<void> {
    const {stores, governor} = this.#options;
    try {
      await governor.reserve(version);
    } catch (error) {
      await refuse(version, stores.disk).catch(() => {});
      throw error;
    }
  }

  /** The disk takes no more and there is no smaller form: the rest is kept in memory, so that nothing is fetched twice. @throws the error where there is */
  async #spill({digest}: InstalledVersion, store: Store, error: unknown): Promise<Store> {
    const {stores} = this.#options;
    const smaller = this.#wanted.variants.length > 0;
    if (!isStorageProblem(error) || store !== stores.disk || smaller) throw error;
    this.#problems.push(error);
    stores.keepInMemory(digest);
    const memory = this.#memory();
    await fail(digest, error.code, stores.disk).catch(() => {});
    return memory;
  }

  #memory(): Store {
    return (this.#options.stores.memory ??= new SpillStore(this.#options.stores.disk));
  }

  async #told(installed: Installed): Promise<Installed> {
    const {stores, governor, tell} = this.#options;
    const {digest, manifest} = installed;
    const {model, version, variant} = manifest;
    const unstored = stores.disk.problem;
    const all = unstored ? [...this.#problems, unstored] : this.#problems;
    const problem = all.at(-1);
    const inMemory = unstored !== undefined || stores.storeOf(digest) !== stores.disk;
    if (problem && inMemory) tell({change: {kind: 'memory', model, version, problem: toWire(problem)}});
    else if (problem && variant !== undefined)
      tell({change: {kind: 'variant', model, version, variant, problem: toWire(problem)}});
    void governor.mark();
    return {...installed, problems: [...all.map(toWire), ...installed.problems]};
  }

  /** A smaller form that is here answers for one that can't be had now. @throws the error where there is none */
  async #insteadOf(error: unknown): Promise<Installed> {
    const smaller = isKedgeError(error) ? await this.#options.stores.firstInstalled(this.#wanted.variants) : undefined;
    if (!smaller) throw error;
    return {...smaller, problems: [toWire(error)]};
  }
}
