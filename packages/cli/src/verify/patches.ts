import {KedgeError, type Manifest} from '@kedge/core';
import {patchedDigest} from '../patch/apply-file.js';
import {blobPath} from '../registry/paths.js';
import {exists} from '../registry/write.js';

/**
 * Applies every patch whose base is here, and compares the result with its artifact.
 *
 * @returns which patches could not be tried, for people
 * @throws KedgeError `artifact_corrupt`
 */
export async function checkPatches(registry: string, {artifacts, patches = []}: Manifest): Promise<string[]> {
  const notes: string[] = [];
  for (const {artifact: path, base, sha256} of patches) {
    const artifact = artifacts.find(one => one.path === path)!;
    if (!(await exists(blobPath(registry, base)))) {
      notes.push(`the patch of ${path} from ${base} was not tried: the registry has no such blob`);
      continue;
    }
    const made = await patchedDigest(blobPath(registry, base), blobPath(registry, sha256), artifact.bytes);
    if (made !== artifact.sha256)
      throw new KedgeError(
        'artifact_corrupt',
        `the patch of ${path} from ${base} makes ${made}, expected ${artifact.sha256}; pack the version again`,
      );
  }
  return notes;
}
