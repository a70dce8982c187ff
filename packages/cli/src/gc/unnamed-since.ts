import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseJson} from '@kedge/core';
import * as z from 'zod/mini';
import {errnoOf} from '../exit.js';
import {writeAtomic} from '../registry/write.js';
import {withLock} from '../release/lock.js';

/** Since when no release names a file, by its path inside the registry. Milliseconds since 1970. */
export type UnnamedSince = Map<string, number>;

const Record = z.object({schema: z.literal('kedge.gc/1'), unnamedSince: z.record(z.string(), z.number())});

/** Hidden, so that no host takes it for a part of the registry. */
const recordPath = (registry: string) => join(registry, '.gc.json');

/** A collection removes many files, and whoever names some waits for it. */
const longestWaitMs = 60_000;

/** Runs `work` while nobody collects and nobody names files anew. @throws CliError (unavailable) when the other one does not end */
export const withoutCollection = <T>(registry: string, work: () => Promise<T>): Promise<T> =>
  withLock(recordPath(registry), work, longestWaitMs);

/** What the last collection wrote. @throws KedgeError `release_invalid` when the file is another thing */
export async function readUnnamedSince(registry: string): Promise<UnnamedSince> {
  const file = recordPath(registry);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return new Map();
  return new Map(Object.entries(parseJson(Record, text, 'release_invalid', file).unnamedSince));
}

export async function writeUnnamedSince(registry: string, since: UnnamedSince): Promise<void> {
  const unnamedSince = Object.fromEntries([...since].sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeAtomic(recordPath(registry), `${JSON.stringify({schema: 'kedge.gc/1', unnamedSince}, null, 2)}\n`);
}

/** These files are named again: when they no longer are, their time begins anew. */
export async function forgetUnnamed(registry: string, paths: readonly string[]): Promise<void> {
  const since = await readUnnamedSince(registry);
  const known = paths.filter(path => since.delete(path));
  if (known.length > 0) await writeUnnamedSince(registry, since);
}
