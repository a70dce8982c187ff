import {utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../exit.js';
import {forgetUnnamed, withoutCollection} from './unnamed-since.js';

/** Makes files of a registry young, so that no `kedge gc` takes them. @returns those that are not there */
export async function renew(registry: string, paths: readonly string[]): Promise<string[]> {
  const now = new Date();
  const missing: string[] = [];
  for (const path of paths)
    await utimes(join(registry, path), now, now).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
      missing.push(path);
    });
  return missing;
}

/**
 * Publishes what names these files while all of them are there. A `kedge gc` beside it comes before or after: it neither
 * removes one that was just seen, nor goes on counting from a time when no release named it.
 *
 * @returns what `publish` gave, or what is missing; nothing was published then
 */
export function nameFiles<T>(
  registry: string,
  paths: readonly string[],
  publish: () => Promise<T>,
): Promise<{missing: string[]; published?: T}> {
  return withoutCollection(registry, async () => {
    const missing = await renew(registry, paths);
    if (missing.length > 0) return {missing};
    await forgetUnnamed(registry, paths);
    return {missing, published: await publish()};
  });
}
