import type {Artifact, Manifest} from '@kedge/core';
import {bytesOf} from '../store/bytes.js';
import type {DiskFile} from '../store/disk-file.js';
import {isPlace, type Place} from '../store/parts.js';
import type {Store, Stored} from '../store/store.js';
import {packedFile, removingFile} from '../worker/later.js';
import {areRight} from './right.js';

/**
 * A file from its chunks. Disks rot and other scripts write: what is stored is hashed each time it is read. Chunks that are gone,
 * or not what they were, are dropped, all at once, so that an installer fetches them again.
 *
 * @param onRead is given what is right, from the first byte on, until something is not
 * @param lent whether it may be one that is on the disk, and read from there: a `DiskFile`
 * @throws KedgeError `artifact_corrupt` for wrong bytes, `storage_unavailable` for chunks that are missing
 */
export async function readArtifact(
  artifact: Artifact,
  store: Store,
  onRead?: (bytes: Uint8Array<ArrayBuffer>) => void,
  lent?: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const {path, bytes, chunks} = artifact;
  const lost = async () => {
    const {dropLost} = await removingFile();
    throw await dropLost(path, chunks, store);
  };
  const stored = await store.getChunks(
    chunks.map(({sha256}) => sha256),
    artifact.sha256,
  );
  const file = stored.some(isPlace)
    ? await (await packedFile()).readPacked(artifact, stored, lent ? lost : undefined)
    : await joined(stored as Whole[], bytes);
  if (file?.length === bytes && (isLent(file) || (await areRight(chunks, file, onRead)))) return file;
  return lost();
}

/** Whether it is on the disk: it is checked as it is read. */
export const isLent = (file: Uint8Array): file is DiskFile => 'lost' in file;

type Whole = Exclude<Stored[number], Place>;

/** Blobs are read as one, in a third of the time that one after the other takes. Undefined where one is missing, or can't be read. */
async function joined(stored: readonly Whole[], bytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
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

/** Artifacts that only the golden test reads. */
export function goldenPaths(manifest: Manifest): Set<string> {
  const slices = manifest.golden.flatMap(({inputs, outputs}) => [...Object.values(inputs), ...Object.values(outputs)]);
  const paths = new Set(slices.map(({artifact}) => artifact));
  paths.delete(manifest.entry);
  return paths;
}

/** What a runtime needs of a version. @param lent whether it reads from the disk what is there @throws KedgeError as `readArtifact` */
export function readModel(
  manifest: Manifest,
  store: Store,
  lent?: boolean,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const golden = goldenPaths(manifest);
  return readFiles(manifest, store, path => !golden.has(path), lent);
}

/** A version's files from its chunks. @throws KedgeError as `readArtifact`, after all of them were looked at */
export async function readFiles(
  manifest: Manifest,
  store: Store,
  wanted: (path: string) => boolean,
  lent?: boolean,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = manifest.artifacts
    .filter(({path}) => wanted(path))
    .map(async artifact => [artifact.path, await readArtifact(artifact, store, undefined, lent)] as const);
  await Promise.allSettled(files);
  return new Map(await Promise.all(files));
}

/** The files of a version's golden examples, by path. @throws KedgeError as `readFiles` */
export function readGolden(manifest: Manifest, store: Store) {
  const paths = goldenPaths(manifest);
  return readFiles(manifest, store, path => paths.has(path));
}
