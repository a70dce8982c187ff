import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readFile, stat} from 'node:fs/promises';
import {type Chunk, KedgeError, type Manifest} from '@kedge/core';
import {errnoOf} from '../exit.js';
import type {OnProgress} from '../progress.js';
import {blobsOf, type NamedBlob} from '../registry/named.js';
import {blobPath} from '../registry/paths.js';

/**
 * Checks every blob of a version, each digest and each chunk, by reading the registry's files once and keeping none.
 *
 * @throws KedgeError `artifact_corrupt` naming blob, chunk, what was expected and what is there
 */
export async function checkBlobs(
  registry: string,
  manifest: Manifest,
  onProgress: OnProgress = () => {},
): Promise<void> {
  const blobs = blobsOf(manifest);
  const total = blobs.reduce((sum, {bytes}) => sum + bytes, 0);
  let done = 0;
  for (const blob of blobs) {
    await checkBlob(registry, blob);
    onProgress({phase: 'digests', done: (done += blob.bytes), total});
  }
}

/** A blob's bytes, for what is small: golden vectors. Check it before. */
export async function readBlob(registry: string, {sha256}: {sha256: string}): Promise<Uint8Array> {
  // Not Node's Buffer: the client's adapters rely on `slice` making a copy.
  return new Uint8Array(await readFile(blobPath(registry, sha256)));
}

/** @throws KedgeError `artifact_corrupt` */
export async function checkBlob(registry: string, blob: NamedBlob): Promise<void> {
  const file = blobPath(registry, blob.sha256);
  const corrupt = (problem: string, cause?: unknown) =>
    new KedgeError('artifact_corrupt', `${blob.what} (${file}): ${problem}; pack the version again`, {cause});
  const {size} = await stat(file).catch((cause: unknown) => {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw corrupt('the file is missing', cause);
  });
  if (size !== blob.bytes) throw corrupt(`expected ${blob.bytes} bytes, got ${size}`);
  const {chunks, whole} = await digest(file, blob);
  const wrong = chunks.find(({got, chunk}) => got !== chunk.sha256);
  if (wrong)
    throw corrupt(
      `chunk ${wrong.index} (bytes ${wrong.at} to ${wrong.at + wrong.chunk.bytes}): expected ${wrong.chunk.sha256}, got ${wrong.got}`,
    );
  if (whole !== blob.sha256) throw corrupt(`expected SHA-256 ${blob.sha256}, got ${whole}`);
}

/** The digest of the whole and of each chunk, in one pass. */
async function digest(file: string, {chunks}: NamedBlob) {
  const whole = createHash('sha256');
  const found: {index: number; at: number; chunk: Chunk; got: string}[] = [];
  let [hash, filled, at] = [createHash('sha256'), 0, 0];
  for await (const piece of createReadStream(file, {highWaterMark: 2 ** 20}) as AsyncIterable<Uint8Array>) {
    whole.update(piece);
    for (let from = 0; from < piece.length;) {
      const chunk = chunks[found.length];
      if (!chunk) break;
      const part = piece.subarray(from, from + chunk.bytes - filled);
      hash.update(part);
      [from, filled] = [from + part.length, filled + part.length];
      if (filled < chunk.bytes) continue;
      found.push({index: found.length, at, chunk, got: hash.digest('hex')});
      [hash, filled, at] = [createHash('sha256'), 0, at + chunk.bytes];
    }
  }
  return {chunks: found, whole: whole.digest('hex')};
}
