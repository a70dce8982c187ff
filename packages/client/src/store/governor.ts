import {type Chunk, KedgeError, type Release} from '@kedge/core';
import type {LostStorage} from './api.js';
import {delay} from '../delay.js';
import type {Notice} from '../worker/notice.js';
import type {InstalledVersion} from './catalog.js';
import {estimate, freeBytes} from './estimate.js';
import type {Eviction} from './evictions.js';
import {inspect} from './inspect.js';
import {servingLock} from '../names.js';
import {alone, namesHeld} from './lock.js';
import {type Marked, marksOf} from './lost.js';
import {orphanBytes} from './orphan-bytes.js';
import {evictionsFor, leftovers, revocations, type Situation} from './policy.js';
import {bytesIn, type CatalogRecord, chunksOf} from './record.js';
import {isRevoked, isSucceeded} from './revoked.js';
import type {Held, Store} from './store.js';

/** What a browser needs beside the bytes themselves: its own files, and estimates that lag behind. */
const overhead = 1.1;

export interface GovernorOptions {
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

/** Chunks for which room is made, and the version that wants them. */
interface Coming {
  version: InstalledVersion;
  chunks: readonly Chunk[];
}

type Need = Parameters<typeof evictionsFor>[2];
type Choose = (held: Held, situation: Situation) => readonly Eviction[];

function needOf({digest, manifest: {model}}: InstalledVersion, bytes: number, reason: Need['reason']): Need {
  return {bytes, digest, model, reason};
}

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
    return Math.min(await this.#left(), Number(freeBytes(await estimate())) / overhead);
  }

  /**
   * Makes room before a download.
   *
   * @param chunks of what comes: its own, or those of a file that it needs, and of what else is being fetched
   * @throws KedgeError `storage_full` when the budget, or an estimate that makes sense, says that it can't fit;
   *   `storage_unavailable` when somebody reads for so long that nothing could be removed
   */
  async reserve(version: InstalledVersion, chunks: readonly Chunk[]): Promise<void> {
    const missing = await this.#missing(chunks);
    if (!missing) return;
    await this.#fit({version, chunks}, missing, await this.#left(), 'budget');
    const free = freeBytes(await estimate());
    if (free !== undefined && this.#options.disk.kind !== 'memory')
      await this.#fit({version, chunks}, Math.ceil(missing * overhead), free, 'quota');
  }

  /**
   * The browser refused a write, whatever its estimate says.
   *
   * @returns whether anything was removed, so that it may be tried again; undefined where somebody reads for too long
   */
  async refused(version: InstalledVersion): Promise<boolean | undefined> {
    if ((await this.#revoke({late: true, patient: true})).length > 0) return true;
    const bytes = Math.max(1, await this.#missing(chunksOf(version.manifest)));
    const freed = await this.#evict(needOf(version, bytes, 'quota'));
    return freed === undefined ? freed : freed > 0;
  }

  /** The same for a write that is small and matters, as a release's. */
  async spare(): Promise<boolean> {
    return !!(await this.#evict({bytes: 1, digest: '', model: '', reason: 'quota'}));
  }

  /** Removes what nobody needs any more. Left for another time while anybody reads. */
  async tidy(): Promise<unknown> {
    await this.#revoke({late: false, patient: false});
    return this.#sweep(leftovers, false);
  }

  /**
   * Removes what a release has revoked: at once, or when the catalog names the version that takes its place, so that what both
   * hold is not fetched again. That wait is not waited for here.
   */
  async heed(release: Release): Promise<void> {
    if (!(await this.#options.disk.records()).some(isRevoked(release))) return;
    await this.#looked;
    this.#heeded = release;
    await this.#revoke({late: false, patient: true});
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

  async situation(): Promise<Situation> {
    return {at: Date.now(), sessions: new Set([...this.#options.sessions(), ...(await namesHeld(servingLock))])};
  }

  async #revokeInTime(release: Release): Promise<void> {
    for (let leftMs = successionMs; leftMs > 0 && this.#heeded === release; leftMs -= lookEveryMs) {
      await delay(lookEveryMs);
      await this.#revoke({late: leftMs <= lookEveryMs, patient: false});
    }
  }

  /** @param late whether also what nothing took the place of */
  async #revoke({late, patient}: {late: boolean; patient: boolean}): Promise<readonly Eviction[]> {
    const release = this.#heeded;
    if (!release) return [];
    const revoked = isRevoked(release);
    const goes = (records: readonly CatalogRecord[]) => (record: CatalogRecord) =>
      revoked(record) && (late || isSucceeded(release, record, records));
    const before = await this.#options.disk.records();
    if (!before.some(goes(before))) return [];
    const evictions = await this.#sweep(held => revocations(held, Date.now(), goes(held.records)), patient);
    const done = !(await this.#options.disk.records()).some(revoked);
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

  async #fit({version, chunks}: Coming, needBytes: number, freeBytes: number, reason: 'budget' | 'quota') {
    const short = needBytes - freeBytes;
    // What it shared with them is missing then: counted anew.
    if (short > 0 && (await this.#revoke({late: true, patient: true})).length > 0) return this.reserve(version, chunks);
    const freed = short > 0 ? await this.#evict(needOf(version, short, reason)) : 0;
    if (freed !== undefined && freed >= short) return;
    const {model, version: name} = version.manifest;
    const whose = reason === 'budget' ? 'storageBudgetBytes' : "the browser's quota for this site";
    throw new KedgeError(
      freed === undefined ? 'storage_unavailable' : 'storage_full',
      `${model} ${name}: expected room for ${needBytes} bytes, got ${Math.max(0, freeBytes)} within ${whose}, and ${freed === undefined ? 'nothing could be removed while pages read' : 'what may be removed is not enough'}; free space, or publish a smaller variant`,
    );
  }

  /** @returns bytes that were freed; undefined as `#sweep` */
  async #evict(need: Need): Promise<number | undefined> {
    let unnamed = 0;
    const choose: Choose = (held, situation) => {
      unnamed = orphanBytes(held);
      return evictionsFor(held, situation, {...need, bytes: need.bytes - unnamed});
    };
    const evictions = await this.#sweep(choose, true);
    return evictions?.reduce((sum, {bytes}) => sum + bytes, unnamed);
  }

  /** @returns undefined where somebody reads, which says nothing of the room that there is */
  async #sweep(choose: Choose, patient: boolean): Promise<readonly Eviction[] | undefined> {
    const sweep = async () => {
      const situation = await this.situation();
      return this.#options.disk.sweep(held => choose(held, situation));
    };
    const evictions = await alone(sweep, patient);
    if (evictions?.length) {
      this.#options.tell({change: {kind: 'evicted', evictions}});
      await this.mark();
    }
    return evictions;
  }

  /** Bytes that the app's budget leaves. */
  async #left(): Promise<number> {
    const {budgetBytes, disk} = this.#options;
    return budgetBytes === null
      ? Infinity
      : [...(await disk.held()).sizes.values()].reduce((left, bytes) => left - bytes, budgetBytes);
  }

  async #missing(chunks: readonly Chunk[]): Promise<number> {
    const has = await this.#options.disk.hasChunks(chunks.map(({sha256}) => sha256));
    return bytesIn(chunks, has);
  }
}
