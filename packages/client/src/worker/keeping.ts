import {type ErrorCode, type Release, toKedgeError} from '@kedge/core';
import type {StorageReport} from '../store/api.js';
import {databaseName} from '../names.js';
import type {ReleaseOptions} from '../release/source.js';
import {type InstalledVersion, isNoted} from '../store/catalog.js';
import type {Governor} from '../store/governor.js';
import {openIndexedDb} from '../store/indexeddb.js';
import type {Marked} from '../store/lost.js';
import type {Store} from '../store/store.js';
import {later} from './later.js';
import type {Notice} from './notice.js';
import {Stores} from './stores.js';

export interface KeepingOptions extends Pick<ReleaseOptions, 'registries' | 'channel'> {
  /** For all models together; null for no limit but the browser's quota. */
  budgetBytes: number | null;
  /** What this device had, as the page noted it. */
  marked: readonly Marked[];
  /** Versions that this worker has loaded. */
  sessions(): ReadonlySet<string>;
  /** Told of what changes in the store unasked. */
  tell(notice: Notice): void;
}

/** By then the first predictions are done, and what is timed at a first start is. */
const packAfterMs = 5000;

const loadStorage = () => later('storage', import('../storage.js'));

/** Opens what keeps versions where this worker lives. @param onFull makes room for a setting */
export type OpenDisk = (onFull: () => Promise<boolean>) => Promise<Store>;

async function openDisk(onFull: () => Promise<boolean>): Promise<Store> {
  try {
    return await openIndexedDb(databaseName, {onFull});
  } catch (error) {
    const {MemoryStore} = await loadStorage();
    return new MemoryStore(toKedgeError(error, 'storage_unavailable', databaseName));
  }
}

/** What is kept on this device. What decides about removals is loaded when it is first needed. */
export class Keeping {
  readonly stores: Promise<Stores>;
  readonly #options: KeepingOptions;
  #governor: Promise<Governor> | undefined;
  /** What goes on beside the calls, in turns. */
  #chores: Promise<unknown> = Promise.resolve();

  constructor(options: KeepingOptions, open: OpenDisk = openDisk) {
    this.#options = options;
    this.stores = open(async () => (await this.governor()).spare()).then(disk => new Stores(disk));
  }

  /** @throws KedgeError `network` */
  governor(): Promise<Governor> {
    this.#governor ??= this.#makeGovernor().catch((error: unknown) => {
      this.#governor = undefined;
      throw error;
    });
    return this.#governor;
  }

  async #makeGovernor(): Promise<Governor> {
    const [{Governor}, {disk}] = await Promise.all([loadStorage(), this.stores]);
    return new Governor({...this.#options, disk});
  }

  /** Bookkeeping of a version that was loaded and tested: tried again at the next start, a full disk must not stop serving. */
  async noteServing(digest: string): Promise<void> {
    const stores = await this.stores;
    const store = stores.storeOf(digest);
    const sessions = this.#options.sessions();
    this.#giveUpRest(digest, stores);
    try {
      const record = await store.getRecord(digest);
      if (!record || isNoted(record, Date.now())) return;
      const {activate, pass} = await loadStorage();
      await pass(digest, store);
      // After the readers' lock is given back.
      if (await activate(digest, store, each => sessions.has(each))) this.#chore(governor => governor.tidy());
    } catch {
      // See above.
    }
  }

  /** No execution provider gives the right numbers, or can load it. */
  async noteFailed(digest: string, code: ErrorCode): Promise<void> {
    const [{fail}, stores] = await Promise.all([loadStorage(), this.stores]);
    await fail(digest, code, stores.storeOf(digest));
    this.#giveUpRest(digest, stores);
  }

  /** What serves in place of a version that can't, apart from those that may not. */
  async previous(model: string, except: readonly string[]): Promise<InstalledVersion | undefined> {
    const [{previousVersion}, {all}, governor] = await Promise.all([loadStorage(), this.stores, this.governor()]);
    return previousVersion(all, model, except, await governor.waysBack());
  }

  /** Removes what a release has revoked. */
  heed(release: Release): void {
    if (Object.values(release.models).some(({revoked}) => revoked.length > 0))
      this.#chore(governor => governor.heed(release));
  }

  /** After a start: tells what the browser took since the last visit, and has what was read made quick to read. */
  async look(): Promise<void> {
    const stores = await this.stores;
    const {disk} = stores;
    if (disk.pack) setTimeout(() => void disk.pack!().catch(() => {}), packAfterMs);
    for (const {digest} of this.#options.marked)
      if (!(await stores.installed(digest))) return this.#chore(governor => governor.inspect());
  }

  /** Resolves when nothing is going on beside the calls. */
  async idle(): Promise<void> {
    await this.#chores;
  }

  async report(): Promise<StorageReport> {
    const {storageReport} = await later('report', import('../report.js'));
    return storageReport(this, this.#options.budgetBytes);
  }

  /** What was started from memory needs no more what the disk has of it. */
  #giveUpRest(digest: string, {rests}: Stores): void {
    const giveUp = rests.get(digest);
    if (giveUp) this.#chore(giveUp);
  }

  #chore(work: (governor: Governor) => Promise<unknown>): void {
    this.#chores = this.#chores.then(async () => work(await this.governor())).catch(() => {});
  }
}
