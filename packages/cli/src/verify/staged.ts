import {mkdir, mkdtemp, rm, symlink} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import type {Manifest} from '@kedge/core';
import {blobPath} from '../registry/paths.js';
import type {Files} from '../run/runtime.js';

/** A version's files under their own names, as links to the blobs: a runtime finds a model's other files by them. */
export async function withStaged<T>(
  registry: string,
  {artifacts}: Manifest,
  use: (files: Files) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kedge-version-'));
  try {
    const files = new Map<string, string>();
    for (const {path, sha256} of artifacts) {
      const file = join(folder, path);
      await mkdir(dirname(file), {recursive: true});
      await symlink(resolve(blobPath(registry, sha256)), file);
      files.set(path, file);
    }
    return await use(files);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}
