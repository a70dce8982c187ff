import {type Chunk, KedgeError, sha256 as digestOf} from '@kedge/core';
import type {Store} from './store.js';

/** Drops what of a file is gone, or is not what it was. @returns the error that says so */
export async function dropLost(path: string, chunks: readonly Chunk[], store: Store): Promise<KedgeError> {
  const [gone, wrong] = await lostOf(chunks, store);
  // Also those without bytes: their size may be noted still, and then they would count as stored.
  await store.dropChunks([...gone, ...wrong]).catch(() => {});
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

async function lostOf(chunks: readonly Chunk[], store: Store): Promise<[gone: string[], wrong: string[]]> {
  const [gone, wrong]: [string[], string[]] = [[], []];
  for (const {sha256, bytes} of chunks) {
    const data = await store.getChunk(sha256);
    if (!data) gone.push(sha256);
    else if (data.length !== bytes || (await digestOf(crypto.subtle, data)) !== sha256) wrong.push(sha256);
  }
  return [gone, wrong];
}
