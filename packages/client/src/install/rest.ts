import type {KedgeError} from '@kedge/core';
import {installName} from '../names.js';
import {advance} from '../storage.js';
import type {InstalledVersion} from '../store/catalog.js';
import {hold, namesHeld} from '../store/lock.js';
import type {CatalogRecord} from '../store/record.js';
import type {Store} from '../store/store.js';
import {exclusively} from '../worker/locks.js';
import type {Stores} from '../worker/stores.js';

/** A lock is given back a moment later. */
const waitMs = 1000;

/** What the disk has of a version that goes into memory is named there while it is needed: else any sweep takes it. */
export function nameRest({digest, manifest}: InstalledVersion, disk: Store): Promise<void> {
  // One that is whole, or is being fetched, names them already.
  return change(digest, disk, record =>
    !record || record.state === 'failed' ? advance(record, {move: 'begin', digest, manifest}, Date.now()) : undefined,
  );
}

/**
 * The same from the end of an install until the version is started: see `Stores.rests`. Where the worker ends before, its record
 * stays as that of any download that was cut short.
 *
 * @param why the full form is not on the disk
 * @param store that it was brought to
 */
export async function keepRest(
  {digest}: InstalledVersion,
  why: KedgeError,
  stores: Stores,
  store: Store,
): Promise<void> {
  // A smaller form is on the disk.
  if (store === stores.disk && !stores.whyInMemory(digest)) return;
  stores.keepInMemory(digest, why);
  const name = installName + digest;
  const reading = `${name}:reading`;
  const giveUp = async () => {
    // Whoever is at it now begins again with what is there.
    if ((await namesHeld(name)).includes('')) return;
    await change(digest, stores.disk, record =>
      record?.state === 'downloading' ? advance(record, {move: 'fail', code: why.code}, Date.now()) : undefined,
    );
  };
  const release = await hold(undefined, reading);
  stores.rests.set(digest, async () => {
    release();
    // The last of those who read it does it; the others do not wait for it.
    await exclusively(reading, AbortSignal.timeout(waitMs), giveUp);
  });
}

/** On a disk that takes no write, what it has is not worth more than that. */
async function change(
  digest: string,
  disk: Store,
  to: (record: CatalogRecord | undefined) => CatalogRecord | undefined,
): Promise<void> {
  await disk.changeRecords([digest], to).catch(() => {});
}
