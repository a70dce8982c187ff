import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {type Artifact, KedgeError, type Manifest} from '@kedge/core';
import {errnoOf} from '../exit.js';
import type {OnProgress} from '../progress.js';
import {blobPath} from '../registry/paths.js';

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Every blob of a version, each digest and each chunk checked.
 *
 * @throws KedgeError `artifact_corrupt` naming blob, chunk, what was expected and what is there
 */
export async function readArtifacts(
  registry: string,
  {artifacts}: Manifest,
  onProgress: OnProgress = () => {},
): Promise<Map<string, Uint8Array>> {
  const total = artifacts.reduce((sum, {bytes}) => sum + bytes, 0);
  const files = new Map<string, Uint8Array>();
  let done = 0;
  for (const artifact of artifacts) {
    files.set(artifact.path, await readArtifact(registry, artifact));
    onProgress({phase: 'digests', done: (done += artifact.bytes), total});
  }
  return files;
}

async function readArtifact(registry: string, artifact: Artifact): Promise<Uint8Array> {
  const file = blobPath(registry, artifact.sha256);
  const bytes = await readFile(file).catch((cause: unknown) => {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw corrupt(artifact, file, 'the file is missing', cause);
  });
  if (bytes.length !== artifact.bytes)
    throw corrupt(artifact, file, `expected ${artifact.bytes} bytes, got ${bytes.length}`);
  let at = 0;
  for (const [i, chunk] of artifact.chunks.entries()) {
    const got = digestOf(bytes.subarray(at, at + chunk.bytes));
    if (got !== chunk.sha256)
      throw corrupt(
        artifact,
        file,
        `chunk ${i} (bytes ${at} to ${at + chunk.bytes}): expected ${chunk.sha256}, got ${got}`,
      );
    at += chunk.bytes;
  }
  const whole = digestOf(bytes);
  if (whole !== artifact.sha256) throw corrupt(artifact, file, `expected SHA-256 ${artifact.sha256}, got ${whole}`);
  // Not Node's Buffer: the client's adapters rely on `slice` making a copy.
  return new Uint8Array(bytes);
}

function corrupt({path}: Artifact, file: string, problem: string, cause?: unknown): KedgeError {
  return new KedgeError('artifact_corrupt', `${path} (${file}): ${problem}; pack the version again`, {cause});
}
