import {type Chunk, KedgeError, sha256 as digestOf} from '@kedge/core';
import type {Store} from './store.js';

/** Drops what of a file is gone, or is not what it was. @returns the error that says so */
export async function dropLost(path: string, chunks: readonly Chunk[], store: Store): Promise<KedgeError> {
  const [gone, wrong, misnamed] = await lostOf(chunks, store);
  // Also those without bytes: their size may be noted still, and then they would count as stored.
  await store.dropChunks([...gone, ...wrong]).catch(() => {});
  // They are kept for versions that say it rightly.
  if (misnamed.length > 0)
    return new KedgeError(
      'manifest_invalid',
      `${path}: the stored chunk ${misnamed[0]} is right, and not as long as the manifest says`,
    );
  if (wrong.length > 0)
    return new KedgeError(
      'artifact_corrupt',
      `${path}: ${wrong.length} stored chunks are not what was verified; they are fetched again`,
    );
  return new KedgeError(
    'storage_unavailable',
    gone.length > 0
      ? `${path}: ${gone.length} stored chunks are gone (evicted by the browser?); they are fetched again`
      : `${path}: could not be read all at once; it is read again`,
  );
}

/** Content that comes twice is looked at once. */
async function lostOf(chunks: readonly Chunk[], store: Store) {
  const [gone, wrong, misnamed]: [string[], string[], string[]] = [[], [], []];
  for (const [sha256, bytes] of new Map(chunks.map(({sha256, bytes}) => [sha256, bytes]))) {
    const data = await store.getChunk(sha256);
    if (!data) gone.push(sha256);
    else if ((await digestOf(crypto.subtle, data)) !== sha256) wrong.push(sha256);
    else if (data.length !== bytes) misnamed.push(sha256);
  }
  return [gone, wrong, misnamed] as const;
}
