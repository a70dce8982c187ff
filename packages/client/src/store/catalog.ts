import {type Artifact, type Chunk, type ErrorCode, KedgeError, type Manifest} from '@kedge/core';
import {type CatalogRecord, chunksOf} from './record.js';
import type {Store} from './store.js';
import {advance} from './transition.js';

/** How often a version that serves is noted as serving. */
const notedEveryMs = 3_600_000;

export interface InstalledVersion {
  digest: string;
  manifest: Manifest;
}

export async function hasAll(chunks: readonly Chunk[], store: Store): Promise<boolean> {
  const digests = chunks.map(({sha256}) => sha256);
  const has = await store.hasChunks(digests);
  return digests.every(digest => has.has(digest));
}

/** Whether one file of a version can be read: a runtime's, which the version may be whole without. */
export function hasArtifact(artifact: Artifact, store: Store): Promise<boolean> {
  return hasAll(artifact.chunks, store);
}

/** The browser may evict what it stored; the catalog alone is no proof. */
export async function isComplete(record: CatalogRecord, store: Store): Promise<boolean> {
  if (record.state === 'downloading' || record.state === 'failed') return false;
  return hasAll(chunksOf(record.manifest), store);
}

/** Written before the first chunk comes, so that no sweep takes it. */
export async function begin({digest, manifest}: InstalledVersion, store: Store): Promise<void> {
  await store.changeRecords([digest], record => advance(record, {move: 'begin', digest, manifest}, Date.now()));
}

/**
 * Written after the last chunk was stored.
 *
 * @throws KedgeError `storage_unavailable` when the version was removed meanwhile, as by `forget` in another tab
 */
export async function complete({digest, manifest}: InstalledVersion, store: Store): Promise<void> {
  let known = await hasAll(chunksOf(manifest), store);
  if (known)
    await store.changeRecords([digest], record => {
      known = record !== undefined;
      return record && advance(record, {move: 'complete'}, Date.now());
    });
  if (!known)
    throw new KedgeError(
      'storage_unavailable',
      `${manifest.model} ${manifest.version} was removed from the store while it was fetched; install it again`,
    );
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

/** It is too large for this device: written down without a byte of it. */
export async function refuse({digest, manifest}: InstalledVersion, store: Store): Promise<void> {
  const at = Date.now();
  await store.changeRecords([digest], record =>
    advance(advance(record, {move: 'begin', digest, manifest}, at), {move: 'fail', code: 'storage_full'}, at),
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
  if (record.state === 'active' && Math.abs(now - (record.lastServedAt ?? 0)) < notedEveryMs) return false;
  const others = (await store.records()).filter(({manifest}) => manifest.model === record.manifest.model);
  const digests = new Set([digest, ...others.map(other => other.digest)]);
  await store.changeRecords([...digests], (known, each) => {
    if (known && each === digest) return advance(known, {move: 'serve'}, now);
    return known?.state === 'active' && !serves(each) ? advance(known, {move: 'retire'}, now) : undefined;
  });
  return record.state !== 'active';
}

/** The complete version of the model that served last, apart from those that may not serve. */
export async function previousVersion(
  store: Store,
  model: string,
  except: readonly string[],
): Promise<InstalledVersion | undefined> {
  const records = (await store.records()).filter(
    ({manifest, digest}) => manifest.model === model && !except.includes(digest),
  );
  records.sort((a, b) => (b.lastServedAt ?? 0) - (a.lastServedAt ?? 0));
  for (const record of records)
    if (await isComplete(record, store)) return {digest: record.digest, manifest: record.manifest};
  return undefined;
}
