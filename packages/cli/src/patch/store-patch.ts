import {pipeline, Readable} from 'node:stream';
import {constants, createGzip} from 'node:zlib';
import {type Artifact, KedgeError, type Patch} from '@kedge/core';
import {RandomFile} from '../model/random-file.js';
import type {TensorPlace} from '../model/tensor-place.js';
import {blobPath} from '../registry/paths.js';
import {storeArtifact} from '../registry/write.js';
import {patchedDigest} from './apply-file.js';
import {diff} from './diff.js';

/** A blob of the registry, and the tensors in it. */
export interface PatchSide {
  artifact: Artifact;
  tensors: readonly TensorPlace[];
}

/** Not an error for anybody: the patch is not worth having. */
class TooLarge extends Error {}

/**
 * Makes a patch, stores it as a blob and tries it.
 *
 * @param maxBytes what it may cost at most; it is given up as soon as it costs more
 * @returns undefined when it does not pay
 */
export async function storePatch(
  registry: string,
  base: PatchSide,
  target: PatchSide,
  maxBytes: number,
): Promise<Patch | undefined> {
  const [from, to] = [base, target].map(({artifact}) => blobPath(registry, artifact.sha256)) as [string, string];
  const stored = await store(registry, from, to, {base, target, maxBytes});
  if (!stored) return undefined;
  const {sha256, bytes, chunks} = stored;
  const made = await patchedDigest(from, blobPath(registry, sha256), target.artifact.bytes);
  if (made !== target.artifact.sha256)
    throw new KedgeError('artifact_corrupt', `a new patch of ${target.artifact.path} makes ${made}, expected ${to}`);
  return {artifact: target.artifact.path, base: base.artifact.sha256, sha256, bytes, chunks};
}

async function store(
  registry: string,
  from: string,
  to: string,
  {base, target, maxBytes}: {base: PatchSide; target: PatchSide; maxBytes: number},
): Promise<Artifact | undefined> {
  using baseFile = new RandomFile(from, 'base');
  using targetFile = new RandomFile(to, 'target');
  const ops = diff({file: baseFile, tensors: base.tensors}, {file: targetFile, tensors: target.tensors});
  const gzip = pipeline(Readable.from(ops, {objectMode: true}), createGzip(gzipOptions(target.tensors)), () => {});
  try {
    return await storeArtifact(registry, limited(gzip, maxBytes), 'patch');
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

/**
 * Differences of floats hold no strings worth looking for, only runs of zeros: measured on fp16 that is a tenth smaller,
 * on fp32 as small, and thirty times as fast.
 */
function gzipOptions(tensors: readonly TensorPlace[]) {
  const sum = (places: readonly TensorPlace[]) => places.reduce((total, {bytes}) => total + bytes, 0);
  const floats = tensors.filter(({element}) => element?.isFloat);
  return {level: 9, ...(2 * sum(floats) > sum(tensors) && {strategy: constants.Z_RLE})};
}

async function* limited(pieces: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    if ((bytes += piece.length) > maxBytes) throw new TooLarge();
    yield piece;
  }
}
