import {createHash, randomUUID} from 'node:crypto';
import {createReadStream, createWriteStream} from 'node:fs';
import {access, mkdir, open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import type {Artifact, Chunk} from '@kedge/core';
import {chunkSizes, chunksOf} from '../chunk/fastcdc.js';
import {missingInput} from '../read-input.js';
import {blobPath} from './paths.js';

const temporary = (file: string) => join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);

/** The whole file or none of it, also after a crash: written beside its place, synced, then renamed. */
export async function writeAtomic(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), {recursive: true});
  const draft = temporary(file);
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, {force: true});
    throw error;
  }
}

export const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

/** What is stored of a blob besides its bytes. */
export interface StoreOptions {
  /** Offsets at which a chunk ends in any case, see `bordersOf`. */
  borders?: readonly number[];
  /** Told how many bytes are stored. */
  onBytes?: (bytes: number) => void;
}

/**
 * Chunks, digests and stores one file in a single pass, holding a few MiB of it.
 *
 * @param source a file's path, or bytes, or pieces of them
 * @param path its path inside the version
 * @throws CliError (usage) when the source is not there; what the pieces throw, and then nothing is stored
 */
export async function storeArtifact(
  registry: string,
  source: string | Uint8Array | AsyncIterable<Uint8Array>,
  path: string,
  options: StoreOptions = {},
): Promise<Artifact> {
  const draft = temporary(blobPath(registry, 'incoming'));
  await mkdir(dirname(draft), {recursive: true});
  try {
    const {sha256, bytes, chunks} = await copyChunked(piecesOf(source), draft, options);
    // Same address, same bytes: replacing an existing blob also repairs it.
    await rename(draft, blobPath(registry, sha256));
    return {path, sha256, bytes, chunks};
  } catch (cause) {
    await rm(draft, {force: true});
    throw typeof source === 'string' ? missingInput(cause, source, 'artifact') : cause;
  }
}

function piecesOf(source: string | Uint8Array | AsyncIterable<Uint8Array>) {
  if (typeof source === 'string') return createReadStream(source, {highWaterMark: 4 * 2 ** 20});
  return source instanceof Uint8Array ? [source] : source;
}

async function copyChunked(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  {borders, onBytes}: StoreOptions,
) {
  const whole = createHash('sha256');
  const chunks: Chunk[] = [];
  let bytes = 0;
  // Not written to by hand: what the disk says between two chunks would be heard by nobody.
  await pipeline(
    async function* () {
      for await (const chunk of chunksOf(pieces, chunkSizes, borders)) {
        whole.update(chunk);
        chunks.push({sha256: createHash('sha256').update(chunk).digest('hex'), bytes: chunk.length});
        bytes += chunk.length;
        onBytes?.(bytes);
        yield chunk;
      }
    },
    createWriteStream(file, {flush: true}),
  );
  return {sha256: whole.digest('hex'), bytes, chunks};
}
