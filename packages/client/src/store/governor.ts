import type {Release} from '@kedge/core';
import type {LostStorage} from './api.js';
import {delay} from '../delay.js';
import {roomFile} from '../install/room-file.js';
import type {Notice} from '../worker/notice.js';
import {estimate, freeBytes, overhead} from './estimate.js';
import type {Eviction} from './evictions.js';
import type {Named} from './freeing.js';
import {inspect} from './inspect.js';
import {releaseKey, servingLock} from '../names.js';
import type {ReleaseOptions} from '../release/source.js';
import {alone, namesHeld} from './lock.js';
import {type Marked, marksOf} from './lost.js';
import {leftovers, revocations, type Situation} from './policy.js';
import type {CatalogRecord} from './record.js';
import {isRevoked, isSucceeded} from './revoked.js';
import type {Held, Store} from './store.js';
import {waysBackIn} from './ways-back.js';

export interface GovernorOptions extends Pick<ReleaseOptions, 'registries' | 'channel'> {
  disk: Store;
  /** For all models together; null for none beyond the browser's quota. */
  budgetBytes: number | null;
  /** What this device had, as it was noted outside of IndexedDB. */
  marked: readonly Marked[];
  /** Versions that this worker has loaded. */
  sessions(): ReadonlySet<string>;
  tell(notice: Notice): void;
}

/** How long a revoked version's bytes wait for the record of the one that takes its place, which may share them. */
const successionMs = 10_000;
const lookEveryMs = 500;

/** What is to go, and when. */
interface Revoking {
  /** Whether also what nothing took the place of. */
  late: boolean;
  /** Whether it is worth waiting for readers a moment. */
  patient: boolean;
  spared?: Named;
}

export type Choose = (held: Held, situation: Situation) => readonly Eviction[];

/** Keeps what is stored within the app's budget and the browser's quota, and tells what went. */
export class Governor {
  readonly #options: GovernorOptions;
  /** Asked for before every download: it need not wait then. */
  readonly #looked: Promise<LostStorage | null>;
  #inspected: Promise<LostStorage | null> | undefined;
  /** Of what it has revoked, some is here still. */
  #heeded: Release | undefined;

  constructor(options: GovernorOptions) {
    this.#options = options;
    this.#looked = this.#look().catch(() => null);
  }

  get disk(): Store {
    return this.#options.disk;
  }

  get hasBudget(): boolean {
    return this.#options.budgetBytes !== null;
  }

  /**
   * What the browser took, looked for once, before the first change of the catalog: what is fetched again is lost no more. It is
   * told at the first call that an app makes, and not before somebody can hear it.
   */
  inspect(): Promise<LostStorage | null> {
    return (this.#inspected ??= this.#tellLost());
  }

  /** What may come for sure, by the budget and the browser's estimate; NaN where the browser gives none that makes sense. */
  async freeBytes(): Promise<number> {
    return Math.min(await this.leftBytes(), Number(freeBytes(await estimate())) / overhead);
  }

  /** Makes room for a write that is small and matters, as a release's. @returns whether it is worth another try */
  async spare(): Promise<boolean> {
    return (await roomFile()).spare(this);
  }

  /** Removes what nobody needs any more. Left for another time while anybody reads. */
  async tidy(): Promise<unknown> {
    await this.revoke({late: false, patient: false});
    return this.sweep(leftovers, false);
  }

  /**
   * Removes what a release has revoked: at once, or when the catalog names the version that takes its place, so that what both
   * hold is not fetched again. That wait is not waited for here.
   */
  async heed(release: Release): Promise<void> {
    if (!(await this.disk.records()).some(isRevoked(release))) return;
    await this.#looked;
    this.#heeded = release;
    await this.revoke({late: false, patient: true});
    void this.#revokeInTime(release).catch(() => {});
  }

  /** Notes outside of IndexedDB what is whole now, so that the next start can see what the browser took. Never rejects. */
  async mark(): Promise<void> {
    const {disk, tell} = this.#options;
    if (disk.kind === 'memory') return;
    // A disk that can't be read any more keeps its note: what was brought into memory instead serves all the same.
    const held = await disk.held().catch(() => undefined);
    if (held) tell({marked: marksOf(held)});
  }

  /** As `Situation.named`. */
  waysBack(): Promise<string[]> {
    const {disk, registries, channel} = this.#options;
    return waysBackIn(disk, releaseKey(registries[0]!, channel));
  }

  async situation(): Promise<Situation> {
    const [named, served] = await Promise.all([this.waysBack(), namesHeld(servingLock)]);
    return {at: Date.now(), sessions: new Set([...this.#options.sessions(), ...served]), named};
  }

  async #revokeInTime(release: Release): Promise<void> {
    for (let leftMs = successionMs; leftMs > 0 && this.#heeded === release; leftMs -= lookEveryMs) {
      await delay(lookEveryMs);
      await this.revoke({late: leftMs <= lookEveryMs, patient: false});
    }
  }

  async revoke({late, patient, spared}: Revoking): Promise<readonly Eviction[]> {
    const release = this.#heeded;
    if (!release) return [];
    const revoked = isRevoked(release);
    const goes = (records: readonly CatalogRecord[]) => (record: CatalogRecord) =>
      revoked(record) && (late || isSucceeded(release, record, records));
    const before = await this.disk.records();
    if (!before.some(goes(before))) return [];
    const evictions = await this.sweep(held => revocations(held, Date.now(), goes(held.records)), patient, spared);
    const done = !(await this.disk.records()).some(revoked);
    if (done && this.#heeded === release) this.#heeded = undefined;
    return evictions ?? [];
  }

  async #look(): Promise<LostStorage | null> {
    const {disk, marked} = this.#options;
    return disk.kind === 'memory' ? null : inspect(disk, marked);
  }

  async #tellLost(): Promise<LostStorage | null> {
    const lost = await this.#looked;
    if (lost) {
      this.#options.tell({change: {kind: 'lost', lost}});
      await this.mark();
    }
    return lost;
  }

  /**
   * @param spared chunks that stay though no record names them yet
   * @returns undefined where somebody reads, which says nothing of the room that there is
   */
  async sweep(choose: Choose, patient: boolean, spared?: Named): Promise<readonly Eviction[] | undefined> {
    const sweep = async () => {
      const situation = await this.situation();
      return this.disk.sweep(held => choose(held, situation), spared);
    };
    const evictions = await alone(sweep, patient);
    if (evictions?.length) {
      this.#options.tell({change: {kind: 'evicted', evictions}});
      await this.mark();
    }
    return evictions;
  }

  /** Bytes that the app's budget leaves. */
  async leftBytes(): Promise<number> {
    const {budgetBytes} = this.#options;
    return budgetBytes === null
      ? Infinity
      : [...(await this.disk.held()).sizes.values()].reduce((left, bytes) => left - bytes, budgetBytes);
  }
}
