import {type Artifact, type Chunk, type Manifest, sha256 as digestOf} from '@kedge/core';
import {bytesOf} from '../store/bytes.js';
import type {Store, Stored} from '../store/store.js';
import {goldenFile} from '../worker/later.js';

/** Verified side by side: each is copied for it. */
const atOnce = 8;

/**
 * A file from its chunks. Disks rot and other scripts write: what is stored is hashed each time it is read. Chunks that are gone,
 * or not what they were, are dropped, all at once, so that an installer fetches them again.
 *
 * @param onRead is given what is right, from the first byte on, until something is not
 * @throws KedgeError `artifact_corrupt` for wrong bytes, `storage_unavailable` for chunks that are missing
 */
export async function readArtifact(
  {path, bytes, chunks}: Artifact,
  store: Store,
  onRead?: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const stored = await store.getChunks(chunks.map(({sha256}) => sha256));
  const file = await joined(stored, bytes);
  if (file?.length === bytes && (await areRight(chunks, file, onRead))) return file;
  const {dropLost} = await goldenFile();
  throw await dropLost(path, chunks, store);
}

/** Blobs are read as one, in a third of the time that one after the other takes. Undefined where one is missing, or can't be read. */
async function joined(stored: Stored, bytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts = stored.filter(part => part !== undefined);
  if (parts.length < stored.length) return undefined;
  // The browser's own: what a file store hands out is read by itself alone.
  if (parts.some(part => part.constructor === Blob)) return bytesOf(new Blob(parts));
  const file = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    const data = await bytesOf(part);
    if (!data || at + data.length > bytes) return undefined;
    file.set(data, at);
    at += data.length;
  }
  return file;
}

async function areRight(
  chunks: readonly Chunk[],
  file: Uint8Array<ArrayBuffer>,
  onRead?: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<boolean> {
  let end = 0;
  for (let next = 0; next < chunks.length; next += atOnce) {
    const begin = end;
    const right = await Promise.all(
      chunks.slice(next, next + atOnce).map(async ({sha256, bytes}) => {
        end += bytes;
        return (await digestOf(crypto.subtle, file.subarray(end - bytes, end))) === sha256;
      }),
    );
    if (right.includes(false)) return false;
    onRead?.(file.subarray(begin, end));
  }
  return true;
}

/** Artifacts that only the golden test reads. */
export function goldenPaths(manifest: Manifest): Set<string> {
  const slices = manifest.golden.flatMap(({inputs, outputs}) => [...Object.values(inputs), ...Object.values(outputs)]);
  const paths = new Set(slices.map(({artifact}) => artifact));
  paths.delete(manifest.entry);
  return paths;
}

/** What a runtime needs of a version. @throws KedgeError as `readArtifact` */
export function readModel(manifest: Manifest, store: Store): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const golden = goldenPaths(manifest);
  return readFiles(manifest, store, path => !golden.has(path));
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

/** The files of a version's golden examples, by path. @throws KedgeError as `readFiles` */
export function readGolden(manifest: Manifest, store: Store) {
  const paths = goldenPaths(manifest);
  return readFiles(manifest, store, path => paths.has(path));
}
