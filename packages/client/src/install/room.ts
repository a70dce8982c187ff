import {type Chunk, isKedgeError, KedgeError} from '@kedge/core';
import {begin, refuse} from '../storage.js';
import type {InstalledVersion} from '../store/catalog.js';
import type {Governor} from '../store/governor.js';
import {chunksOf} from '../store/record.js';
import type {Store} from '../store/store.js';
import {besideOthers} from './beside.js';
import {refused, reserve} from './reserve.js';
import {nameRest} from './rest.js';

export interface RoomOptions {
  disk: Store;
  governor: Governor;
  signal: AbortSignal;
}

/** Before a version is brought into a store: into memory comes only what the disk lacks. @throws as `roomForVersion` */
export function roomIn(
  store: Store,
  version: InstalledVersion,
  {stores: {disk}, ...options}: Omit<RoomOptions, 'disk'> & {stores: {disk: Store}},
): Promise<void> {
  return store === disk ? roomForVersion(version, {...options, disk}) : nameRest(version, disk);
}

/**
 * Makes room for a version on the disk. One that does not fit beside what is there is known to be too large from now on.
 *
 * @throws KedgeError `storage_full`, `storage_unavailable` as `reserve`; the signal's reason
 */
async function roomForVersion(version: InstalledVersion, options: RoomOptions): Promise<void> {
  const {disk, governor} = options;
  await beside(version.digest, options, async others => {
    try {
      await reserve(version, [...chunksOf(version.manifest), ...others], governor);
    } catch (error) {
      // It may fit another time where others took the room, or nobody could look.
      const isFull = others.length === 0 && isKedgeError(error) && error.code === 'storage_full';
      if (isFull && !(await areOthersComing(version, disk)))
        await refuse(version, 'storage_full', disk).catch(() => {});
      throw error;
    }
    // By this the next one sees it. A disk that refuses is met again by who begins.
    if (governor.hasBudget) await begin(version, disk).catch(() => {});
  });
}

/** Where nothing is promised, what others have stored of a download is seen as taken: they may end it, and make room. */
async function areOthersComing({digest}: InstalledVersion, disk: Store): Promise<boolean> {
  const records = await disk.records().catch(() => []);
  return records.some(other => other.state === 'downloading' && other.digest !== digest);
}

/** The same for a file that a version on the disk names. */
export function roomForFile(
  {sha256, chunks}: {sha256: string; chunks: readonly Chunk[]},
  version: InstalledVersion,
  options: RoomOptions,
): Promise<void> {
  return beside(sha256, options, others => reserve(version, [...chunks, ...others], options.governor));
}

/** Without a budget what others fetch is met when the disk refuses. */
async function beside(
  id: string,
  {disk, governor, signal}: RoomOptions,
  work: (others: readonly Chunk[]) => Promise<void>,
): Promise<void> {
  await (governor.hasBudget ? besideOthers(id, disk, signal, work) : work([]));
}

/** After a write that the disk refused. @returns why there is no more room; undefined where there is some */
export async function moreRoom(
  version: InstalledVersion,
  governor: Governor,
  error: KedgeError,
): Promise<KedgeError | undefined> {
  if (error.code !== 'storage_full') return error;
  const made = await refused(version, governor);
  if (made) return undefined;
  // What could not be looked at is not known to be too large.
  return made === false ? error : new KedgeError('storage_unavailable', error.message, {cause: error});
}
