import {type Artifact, type Chunk, KedgeError, type Manifest, sha256 as digestOf} from '@kedge/core';
import {bytesOf} from '../store/bytes.js';
import type {Store} from '../store/store.js';

/** Read and verified side by side; more would hold more than one file's memory. */
const readAtOnce = 8;

/** Disks rot and other scripts write: what is stored is hashed each time it is read, while the next chunks come. */
async function isRight({sha256, bytes}: Chunk, data: Uint8Array<ArrayBuffer> | undefined): Promise<boolean> {
  return data?.length === bytes && (await digestOf(crypto.subtle, data)) === sha256;
}

/**
 * A file from its chunks. Those that are gone, or not what they were, are dropped, all at once, so that an installer fetches them again.
 *
 * @param onRead is given what was read and is right, from the first byte on, until something is not
 * @throws KedgeError `artifact_corrupt` for wrong bytes, `storage_unavailable` for chunks that are missing
 */
export async function readArtifact(
  {path, bytes, chunks}: Artifact,
  store: Store,
  onRead?: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new Uint8Array(bytes);
  const stored = await store.getChunks(chunks.map(({sha256}) => sha256));
  const lost: string[] = [];
  let wrong = 0;
  let at = 0;
  for (let next = 0; next < chunks.length; next += readAtOnce) {
    const first = at;
    const begins = chunks.slice(next, next + readAtOnce).map((chunk, i) => {
      at += chunk.bytes;
      return {chunk, begin: at - chunk.bytes, place: stored[next + i]};
    });
    await Promise.all(
      begins.map(async ({chunk, begin, place}) => {
        const data = await bytesOf(place);
        if (await isRight(chunk, data)) return file.set(data!, begin);
        lost.push(chunk.sha256);
        if (data) wrong++;
      }),
    );
    if (lost.length === 0) onRead?.(file.subarray(first, at));
  }
  if (lost.length === 0) return file;
  // Also those without bytes: their size may be noted still, and then they would count as stored.
  await store.dropChunks(lost).catch(() => {});
  throw wrong > 0
    ? new KedgeError(
        'artifact_corrupt',
        `${path}: ${wrong} stored chunks were not what they were when they were verified; they are removed, and fetched again`,
      )
    : new KedgeError(
        'storage_unavailable',
        `${path}: ${lost.length} stored chunks are gone (the browser may have evicted them); they are fetched again`,
      );
}

/** Artifacts that only the golden test reads. */
export function goldenPaths(manifest: Manifest): Set<string> {
  const slices = manifest.golden.flatMap(({inputs, outputs}) => [...Object.values(inputs), ...Object.values(outputs)]);
  const paths = new Set(slices.map(({artifact}) => artifact));
  paths.delete(manifest.entry);
  return paths;
}

/** A version's files from its chunks. @throws KedgeError as `readArtifact`, after all of them were looked at */
export async function readFiles(
  manifest: Manifest,
  store: Store,
  wanted: (path: string) => boolean,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const artifacts = manifest.artifacts.filter(({path}) => wanted(path));
  const read = await Promise.allSettled(artifacts.map(artifact => readArtifact(artifact, store)));
  return new Map(
    read.map((result, i) => {
      if (result.status === 'rejected') throw result.reason;
      return [artifacts[i]!.path, result.value];
    }),
  );
}
