import {type Artifact, KedgeError, type Manifest} from '@kedge/core';
import type {Store} from '../store/store.js';

async function assemble(artifact: Artifact, store: Store): Promise<Uint8Array<ArrayBuffer>> {
  const file = new Uint8Array(artifact.bytes);
  let at = 0;
  for (const {sha256, bytes} of artifact.chunks) {
    const data = await store.getChunk(sha256);
    if (data?.length !== bytes)
      throw new KedgeError(
        'storage_unavailable',
        `${artifact.path}: a stored chunk is gone (the browser may have evicted it); it is fetched again`,
      );
    file.set(data, at);
    at += bytes;
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

/** A version's files from its chunks. @throws KedgeError `storage_unavailable` when a chunk is missing */
export async function readFiles(
  manifest: Manifest,
  store: Store,
  wanted: (path: string) => boolean,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const artifacts = manifest.artifacts.filter(({path}) => wanted(path));
  return new Map(
    await Promise.all(artifacts.map(async artifact => [artifact.path, await assemble(artifact, store)] as const)),
  );
}
