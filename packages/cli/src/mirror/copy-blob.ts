import {createHash, type Hash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {type FileHandle, mkdir, open, rename, rm, utimes} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Chunk, isKedgeError, KedgeError} from '@kedge/core';
import type {NamedBlob} from '../registry/named.js';
import {blobPath} from '../registry/paths.js';
import type {RegistrySource} from '../registry/source.js';
import {verifyChunks} from '../registry/verify-chunks.js';

const tries = 5;
const pauseMs = 250;

/**
 * Copies a blob into a registry: each chunk is checked before it is written, the whole before it is put in place. What was
 * verified of an attempt that failed stays in a draft, and is not read again, also by the next `kedge mirror`.
 *
 * @param onBytes told verified bytes as they come; those of the draft first
 * @throws KedgeError `artifact_corrupt`, `network`, `response_invalid`; the signal's reason
 */
export async function copyBlob(
  source: RegistrySource,
  registry: string,
  blob: NamedBlob,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Found again by its name, and by `kedge gc` when nobody comes back for it.
  const draft = join(dirname(blobPath(registry, blob.sha256)), `.${blob.sha256}.mirror.tmp`);
  await mkdir(dirname(draft), {recursive: true});
  const progress = await resume(draft, blob, onBytes);
  for (let attempt = 1; ; attempt++) {
    const before = progress.chunks;
    try {
      await append(source, draft, blob, progress, onBytes);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      const again = isKedgeError(error) && error.code === 'network';
      if (progress.chunks > before) attempt = 1;
      if (!again || attempt >= tries) throw error;
      await sleep(Math.random() * pauseMs * 2 ** attempt, undefined, signal && {signal});
    }
  }
  const got = progress.hash.digest('hex');
  if (got === blob.sha256) return rename(draft, blobPath(registry, blob.sha256));
  await rm(draft, {force: true});
  throw new KedgeError(
    'artifact_corrupt',
    `${blob.what}: its chunks are right, but the whole has SHA-256 ${got}, expected ${blob.sha256}; pack the version again`,
  );
}

interface Progress {
  /** How many chunks the draft holds, verified. */
  chunks: number;
  bytes: number;
  hash: Hash;
}

async function resume(draft: string, blob: NamedBlob, onBytes: (bytes: number) => void): Promise<Progress> {
  const progress: Progress = {chunks: 0, bytes: 0, hash: createHash('sha256')};
  const now = new Date();
  // Young again: a `kedge gc` beside this one takes drafts that nobody came back for.
  if (
    !(await utimes(draft, now, now).then(
      () => true,
      () => false,
    ))
  )
    return progress;
  try {
    for await (const chunk of verifyChunks(createReadStream(draft), blob.chunks, draft))
      advance(progress, chunk, onBytes);
  } catch (error) {
    // The end of what was written before: what comes after it is fetched.
    if (!isKedgeError(error)) throw error;
  }
  return progress;
}

function advance(progress: Progress, chunk: Uint8Array, onBytes: (bytes: number) => void): void {
  progress.hash.update(chunk);
  progress.chunks += 1;
  progress.bytes += chunk.length;
  onBytes(chunk.length);
}

async function append(
  source: RegistrySource,
  draft: string,
  blob: NamedBlob,
  progress: Progress,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const handle = await open(draft, progress.bytes > 0 ? 'r+' : 'w');
  try {
    await handle.truncate(progress.bytes);
    const missing: readonly Chunk[] = blob.chunks.slice(progress.chunks);
    if (missing.length > 0) {
      const pieces = await source.read(`blobs/${blob.sha256}`, progress.bytes);
      for await (const chunk of verifyChunks(pieces, missing, `${blob.what} from ${source.where}`)) {
        await writeAll(handle, chunk, progress.bytes);
        advance(progress, chunk, onBytes);
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A disk that is nearly full takes a part of what it is given, and says so only to who looks. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}
