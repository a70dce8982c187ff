import type {Artifact, Chunk, Manifest} from '@kedge/core';
import {type CatalogRecord, chunksOf} from './record.js';
import type {Store} from './store.js';

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

/** Of a version that serves: whether that is written down, not longer ago than it should be. */
export function isNoted({state, lastServedAt}: CatalogRecord, now: number): boolean {
  return state === 'active' && Math.abs(now - (lastServedAt ?? 0)) < notedEveryMs;
}
