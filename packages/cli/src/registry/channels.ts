import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {Name} from '@kedge/core';
import {errnoOf} from '../exit.js';

/** The names of a folder's channels, in order. A missing folder has none. */
export async function channelNames(registry: string): Promise<string[]> {
  const files = await readdir(join(registry, 'channels')).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const names = files.filter(file => file.endsWith('.json')).map(file => file.slice(0, -'.json'.length));
  return names.filter(name => Name.safeParse(name).success).sort();
}
