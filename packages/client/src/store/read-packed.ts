import type {Artifact} from '@kedge/core';
import {summing} from './block-sums.js';
import {bytesOf} from './bytes.js';
import {DiskFile} from './disk-file.js';
import {joined} from './joined.js';
import {fileOf} from './pack-file.js';
import {PackReader} from './pack-reader.js';
import {isPlace, type Place} from './parts.js';
import type {Stored} from './store.js';

/** Of a smaller file nothing is won when it is not in memory. */
const lentBytes = 4 * 2 ** 20;

/**
 * A file of parts of which some lie in packs.
 *
 * @param lost given where a runtime may read it from the disk: throws what is wrong with its chunks
 * @returns one that is checked as it is read, or as it is stored; undefined where something is missing, or can't be read
 */
export async function readPacked(
  artifact: Artifact,
  parts: Stored,
  lost: (() => Promise<never>) | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = lost && artifact.bytes >= lentBytes && (await onDisk(artifact, parts, lost));
  if (file) return file;
  const blobs = await Promise.all(joined(parts).map(async part => (isPlace(part) ? blobAt(part) : part)));
  const found = blobs.filter(part => part !== undefined);
  return found.length < blobs.length ? undefined : bytesOf(new Blob(found));
}

/** Undefined where not all of it was looked at once, or it can't be opened. */
async function onDisk({bytes}: Artifact, parts: Stored, lost: () => Promise<never>) {
  const places = parts.filter(isPlace);
  const sums = places[0]?.sums;
  if (!sums || places.length < parts.length) return undefined;
  const [reader, sumOf] = await Promise.all([PackReader.open(places), summing().catch(() => undefined)]);
  if (reader?.bytes === bytes && sumOf) return new DiskFile(reader, sums, sumOf, lost);
  reader?.close();
  return undefined;
}

/** Undefined where the file is gone, or too short. */
async function blobAt({in: key, at, end}: Place): Promise<Blob | undefined> {
  const file = await fileOf(key)
    .then(handle => handle.getFile())
    .catch(() => undefined);
  return file && file.size >= end ? file.slice(at, end) : undefined;
}

/** Undefined where it can't be read. */
export async function readPlace(place: Place): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return bytesOf(await blobAt(place));
}
