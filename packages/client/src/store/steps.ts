import type {ErrorCode} from '@kedge/core';
import {type InstalledVersion, isNoted} from './catalog.js';
import type {Store} from './store.js';
import {advance} from './transition.js';

/** Written before the first chunk comes, so that no sweep takes it. */
export async function begin({digest, manifest}: InstalledVersion, store: Store): Promise<void> {
  await store.changeRecords([digest], record => advance(record, {move: 'begin', digest, manifest}, Date.now()));
}

/** Its golden outputs were right on the execution provider that will serve. */
export async function pass(digest: string, store: Store): Promise<void> {
  await store.changeRecords([digest], record =>
    record?.state === 'verified' ? advance(record, {move: 'pass'}, Date.now()) : undefined,
  );
}

/** What it failed with is kept until somebody begins again, or gives up. A version that was removed meanwhile is no failure. */
export async function fail(digest: string, code: ErrorCode, store: Store): Promise<void> {
  await store.changeRecords([digest], record => record && advance(record, {move: 'fail', code}, Date.now()));
}

/** It is not for this device, by its size or by what it asks for: written down without a byte of it. */
export async function refuse({digest, manifest}: InstalledVersion, code: ErrorCode, store: Store): Promise<void> {
  const at = Date.now();
  await store.changeRecords([digest], record =>
    advance(advance(record, {move: 'begin', digest, manifest}, at), {move: 'fail', code}, at),
  );
}

/**
 * The version becomes `active`, and in the same step every other one of its model that no page has loaded `retired`.
 *
 * @param serves whether a session of this version is open: several units of one page may be on different arms
 * @returns whether another version served before, so that some may go; what serves on is noted once an hour
 */
export async function activate(digest: string, store: Store, serves: (digest: string) => boolean): Promise<boolean> {
  const record = await store.getRecord(digest);
  const now = Date.now();
  if (!record) return false;
  if (isNoted(record, now)) return false;
  const others = (await store.records()).filter(({manifest}) => manifest.model === record.manifest.model);
  const digests = new Set([digest, ...others.map(other => other.digest)]);
  await store.changeRecords([...digests], (known, each) => {
    if (known && each === digest) return advance(known, {move: 'serve'}, now);
    return known?.state === 'active' && !serves(each) ? advance(known, {move: 'retire'}, now) : undefined;
  });
  return record.state !== 'active';
}
