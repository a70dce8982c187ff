import {isKedgeError, type KedgeError} from '@kedge/core';
import type {InstalledVersion} from '../store/catalog.js';
import type {Governor} from '../store/governor.js';
import {bytesOf, chunksOf} from '../store/record.js';
import {SpillStore} from '../storage.js';
import type {Store} from '../store/store.js';
import type {Installed, InstallWait, Wanted} from '../worker/installs.js';
import type {Notice} from '../worker/notice.js';
import {toWire} from '../worker/protocol.js';
import {isStorageProblem, type Stores} from '../worker/stores.js';
import {type FlightOptions, inTurns} from './flight.js';
import {roomFile} from './room-file.js';
import type {OnRefused} from './writer.js';

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
  #looked: Promise<Set<string> | undefined> | undefined;
  /** Why it is not the full form on the disk. */
  readonly #problems: KedgeError[] = [];

  constructor(wanted: Wanted, options: PlacementOptions) {
    this.#wanted = wanted;
    this.#options = options;
  }

  /** Whether it goes onto the disk, as far as is known, and no other form of it may. */
  get isPlain(): boolean {
    const {problem} = this.#options.stores.disk;
    return !problem && this.#problems.length + this.#wanted.variants.length === 0;
  }

  /** @param bring downloads one form of it into a store */
  async place(bring: (digest: string, store: Store) => Promise<Installed>): Promise<Installed> {
    const {stores} = this.#options;
    const {digest: full, variants} = this.#wanted;
    // What came into memory is there still.
    const why = stores.whyInMemory(full);
    if (why) this.#problems.push(why);
    for (const digest of why ? [] : [full, ...variants])
      try {
        return await this.#told(await bring(digest, stores.disk));
      } catch (error) {
        if (!isStorageProblem(error)) return this.#insteadOf(error);
        this.#problems.push(error);
      }
    return this.#told(await bring(full, this.#memory()));
  }

  /** Takes what may come for sure, and asks of a version that is known what is here, ahead of `fill`. */
  look(freeBytes: Promise<number>, version?: InstalledVersion, signal?: AbortSignal): void {
    this.#freeBytes = freeBytes.catch(() => NaN);
    this.#looked = version && this.#room(version, this.#options.stores.disk, signal!);
  }

  /**
   * Runs `work` while nobody else fetches what it does, on the disk again after every refused write that could be answered with more room.
   *
   * @param work is given an empty set where nothing of it is stored and all of it fits for sure: then nothing need be waited for
   * @throws KedgeError `storage_full` when what may be removed is not enough; the version is then known to be too large
   */
  async fill<T>(
    version: InstalledVersion,
    store: Store,
    {signal, onProgress, held}: InstallWait & Pick<FlightOptions, 'held'>,
    work: (onRefused: OnRefused, has: Set<string> | undefined) => Promise<T>,
  ): Promise<T> {
    const {governor, stores} = this.#options;
    const {disk} = stores;
    /** @returns why there is no more room */
    const makeRoom = async (error: unknown) =>
      isStorageProblem(error) && store === disk ? (await roomFile()).moreRoom(version, governor, error) : error;
    const onRefused = async (error: unknown) => {
      const why = await makeRoom(error);
      return why === undefined ? store : this.#spill(version, store, why);
    };
    const look = () => this.#room(version, store, signal);
    const looked = this.#looked ?? look();
    this.#looked = undefined;
    // Asked for beside the turn, and heard in it. What somebody stored between the two is fetched once more, and no more than that.
    looked.catch(() => {});
    const done = await inTurns(version.manifest.artifacts, {signal, onProgress, store, held}, async waited => {
      for (let has = await (waited ? look() : looked); ; has = undefined)
        try {
          return await work(onRefused, has);
        } catch (error) {
          const why = await makeRoom(error);
          if (why !== undefined) throw why as Error;
        }
    });
    const why = this.#problems.at(-1);
    if (why) await (await roomFile()).keepRest(version, why, stores, store);
    return done;
  }

  /** @returns nothing, where none of it is stored and all of it fits for sure; undefined after room was made as far as that can be known */
  async #room(version: InstalledVersion, store: Store, signal: AbortSignal): Promise<Set<string> | undefined> {
    const {stores, governor} = this.#options;
    const look = store.hasChunks(chunksOf(version.manifest).map(({sha256}) => sha256)).catch(() => undefined);
    // What is fetched again is lost no more: looked for before the catalog changes.
    const [has, freeBytes] = await Promise.all([look, this.#freeBytes, governor.inspect()]);
    // Of what is stored already a sweep may take some until the catalog names it.
    const isNew = has?.size === 0 && !governor.hasBudget;
    if (isNew && bytesOf(version.manifest) <= freeBytes!) return has;
    if (store === stores.disk || has?.size) await (await roomFile()).roomIn(store, version, {governor, signal, stores});
    return undefined;
  }

  /** The disk takes no more and there is no smaller form: the rest is kept in memory, so that nothing is fetched twice. @throws the error where there is */
  async #spill({digest}: InstalledVersion, store: Store, error: unknown): Promise<Store> {
    const {stores} = this.#options;
    const smaller = this.#wanted.variants.length > 0;
    if (!isStorageProblem(error) || store !== stores.disk || smaller) throw error;
    this.#problems.push(error);
    stores.keepInMemory(digest, error);
    return this.#memory();
  }

  #memory(): Store {
    return (this.#options.stores.memory ??= new SpillStore(this.#options.stores.disk));
  }

  async #told(installed: Installed): Promise<Installed> {
    const {stores, governor} = this.#options;
    const unstored = stores.disk.problem;
    const all = unstored ? [...this.#problems, unstored] : this.#problems;
    const problem = all.at(-1);
    const told = problem && roomFile().then(({tellStep}) => tellStep(installed, problem, this.#options));
    await told?.catch(() => {});
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
