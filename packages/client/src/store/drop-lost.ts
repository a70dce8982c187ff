import {type Chunk, KedgeError, sha256 as digestOf} from '@kedge/core';
import type {Store} from './store.js';

/** What of a file is gone, is not what it was, or has another length than its manifest says. */
interface Lost {
  gone: string[];
  wrong: string[];
  misnamed: string[];
}

/** Drops what of a file is gone, or is not what it was. @returns the error that says so */
export async function dropLost(path: string, chunks: readonly Chunk[], store: Store): Promise<KedgeError> {
  const {gone, wrong, misnamed} = await lostOf(chunks, store);
  // Also those without bytes: their size may be noted still, and then they would count as stored.
  await store.dropChunks([...gone, ...wrong]).catch(() => {});
  if (misnamed.length > 0)
    return new KedgeError(
      'manifest_invalid',
      `${path}: ${misnamed.length} stored chunks are what their digests say, and not as long as the manifest says, the first is ${misnamed[0]}; they are kept for versions that name them rightly: pack this version again`,
    );
  if (wrong.length > 0)
    return new KedgeError(
      'artifact_corrupt',
      `${path}: ${wrong.length} stored chunks were not what they were when they were verified; they are removed, and fetched again`,
    );
  return new KedgeError(
    'storage_unavailable',
    gone.length > 0
      ? `${path}: ${gone.length} stored chunks are gone (the browser may have evicted them); they are fetched again`
      : `${path}: the browser could not read it all at once; it is read again`,
  );
}

/** Content that comes twice is read once. */
async function lostOf(chunks: readonly Chunk[], store: Store): Promise<Lost> {
  const lost: Lost = {gone: [], wrong: [], misnamed: []};
  for (const [sha256, bytes] of new Map(chunks.map(({sha256, bytes}) => [sha256, bytes]))) {
    const data = await store.getChunk(sha256);
    if (!data) lost.gone.push(sha256);
    else if ((await digestOf(crypto.subtle, data)) !== sha256) lost.wrong.push(sha256);
    else if (data.length !== bytes) lost.misnamed.push(sha256);
  }
  return lost;
}
