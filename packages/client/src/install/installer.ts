import {type Artifact, type Chunk, isKedgeError, KedgeError, type Manifest, sha256} from '@kedge/core';
import type {Progress} from '../api.js';
import {chunksOf} from '../store/record.js';
import type {Store, StoredChunk} from '../store/store.js';
import {delay} from '../delay.js';
import {fetchSpan} from './fetch.js';
import {type Run, runsOf} from './runs.js';

export interface InstallOptions {
  store: Store;
  registry: string;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

/** Stored together in one transaction, so that a large model costs few of them and little is lost by a crash. */
const groupBytes = 4 * 2 ** 20;
const tries = 4;

/**
 * Fetches what the store lacks of a version. Every chunk is verified before it is stored; what was verified stays when
 * this is stopped, and is not fetched again.
 *
 * @returns bytes fetched
 * @throws KedgeError `network`, `response_invalid`, `artifact_corrupt`, `storage_full`, `storage_unavailable`; the signal's reason
 */
export async function install(manifest: Manifest, options: InstallOptions): Promise<number> {
  const all = chunksOf(manifest);
  const has = await options.store.hasChunks(all.map(chunk => chunk.sha256));
  const totalBytes = all.reduce((sum, chunk) => sum + chunk.bytes, 0);
  const reusedBytes = all.reduce((sum, chunk) => sum + (has.has(chunk.sha256) ? chunk.bytes : 0), 0);
  let loadedBytes = 0;
  const onChunk = (bytes: number) => {
    loadedBytes += bytes;
    options.onProgress({state: 'downloading', loadedBytes: loadedBytes + reusedBytes, totalBytes, reusedBytes});
  };
  onChunk(0);
  for (const artifact of manifest.artifacts) await installArtifact(artifact, has, onChunk, options);
  return loadedBytes;
}

async function installArtifact(
  artifact: Artifact,
  has: Set<string>,
  onChunk: (bytes: number) => void,
  options: InstallOptions,
) {
  for (let attempt = 1; ; attempt++) {
    const known = has.size;
    try {
      for (const run of runsOf(artifact, has)) await installRun(artifact, run, attempt, has, onChunk, options);
      return;
    } catch (error) {
      // Once more past every cache for bytes that are wrong (a proxy may have kept a bad copy), with growing pauses for the network.
      const again =
        isKedgeError(error) &&
        ((error.code === 'artifact_corrupt' && attempt < 2) || (error.code === 'network' && attempt < tries));
      if (!again) throw error;
      // A connection that brings something each time is worth any number of tries.
      if (has.size > known) attempt = 1;
      await delay(Math.random() * 250 * 2 ** attempt, options.signal);
    }
  }
}

async function installRun(
  artifact: Artifact,
  run: Run,
  attempt: number,
  has: Set<string>,
  onChunk: (bytes: number) => void,
  options: InstallOptions,
) {
  const url = `${options.registry}/blobs/${artifact.sha256}`;
  const stream = await fetchSpan(url, run, artifact.bytes, {
    signal: options.signal,
    cache: attempt > 1 ? 'reload' : 'default',
  });
  const group: StoredChunk[] = [];
  const commit = async () => {
    await options.store.putChunks(group);
    for (const {sha256: digest, data} of group.splice(0)) {
      has.add(digest);
      onChunk(data.length);
    }
  };
  try {
    for await (const chunk of cut(stream, run.chunks)) {
      await verify(chunk, url);
      group.push(chunk);
      if (group.reduce((sum, {data}) => sum + data.length, 0) >= groupBytes) await commit();
    }
  } finally {
    // Chunks verified before a failure are good.
    await commit();
  }
}

/** The stream's bytes at the chunks' boundaries. */
async function* cut(
  stream: AsyncIterable<Uint8Array<ArrayBuffer>>,
  chunks: readonly Chunk[],
): AsyncGenerator<StoredChunk> {
  let index = 0;
  let data = new Uint8Array(chunks[0]?.bytes ?? 0);
  let filled = 0;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + data.length - filled);
      data.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < data.length) continue;
      yield {sha256: chunks[index]!.sha256, data};
      data = new Uint8Array(chunks[++index]?.bytes ?? 0);
      filled = 0;
    }
  }
}

async function verify(chunk: StoredChunk, url: string): Promise<void> {
  const got = await sha256(crypto.subtle, chunk.data);
  if (got !== chunk.sha256)
    throw new KedgeError(
      'artifact_corrupt',
      `${url}: a chunk of ${chunk.data.length} bytes should have SHA-256 ${chunk.sha256}, got ${got}; it was not stored. Publish the blob again`,
    );
}
