import {existsSync} from 'node:fs';
import {rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {OnProgress} from '../progress.js';
import {findGarbage, type Garbage} from './find-garbage.js';
import {readUnnamedSince, withoutCollection, writeUnnamedSince} from './unnamed-since.js';

export interface GarbageOptions {
  registry: string;
  /** How long what no release names is kept, for devices that still hold an older release. @default 7 days, at least an hour */
  keepMs?: number;
  /** Tells what would go, removes nothing. */
  dryRun?: boolean;
  now?: Date;
  onProgress?: OnProgress;
}

export interface Collected {
  /** Removed, or what would be on a dry run. */
  freed: Garbage[];
  freedBytes: number;
  /** Named by no release either, but not for long enough. */
  waiting: Garbage[];
  /** Files that a release names. */
  inUse: number;
  written: boolean;
}

const defaultKeepMs = 7 * 24 * 3_600_000;
/** A `kedge pack` beside this one writes its files long before a release names them. */
const leastKeepMs = 3_600_000;

/**
 * Removes manifests and blobs that no release of any channel has named for `keepMs`, and drafts older than a day.
 *
 * @throws CliError (usage) when nothing says what is in use, (unavailable) while others name files for too long; KedgeError
 *   `release_invalid`, `manifest_invalid`. Nothing was removed then
 */
export async function collectGarbage(options: GarbageOptions): Promise<Collected> {
  // The lock would make a folder that is not there.
  if (options.dryRun || !existsSync(options.registry)) return collect(options);
  return withoutCollection(options.registry, () => collect(options));
}

async function collect(options: GarbageOptions): Promise<Collected> {
  const {registry, dryRun = false, now = new Date(), onProgress = () => {}} = options;
  const keepMs = Math.max(options.keepMs ?? defaultKeepMs, leastKeepMs);
  const known = await readUnnamedSince(registry);
  const {freeable, waiting, inUse} = await findGarbage(registry, known, now.getTime(), keepMs);
  const freed = dryRun ? freeable : await remove(registry, freeable, onProgress);
  if (!dryRun) await writeUnnamedSince(registry, new Map(waiting.map(({path, sinceMs}) => [path, sinceMs])));
  const freedBytes = freed.reduce((sum, {bytes}) => sum + bytes, 0);
  return {freed, freedBytes, waiting, inUse, written: !dryRun};
}

async function remove(registry: string, garbage: readonly Garbage[], onProgress: OnProgress): Promise<Garbage[]> {
  const removed: Garbage[] = [];
  for (const [i, one] of garbage.entries()) {
    const file = join(registry, one.path);
    const found = await stat(file).catch(() => undefined);
    // Written or released anew since it was looked at: `kedge pack` and `kedge release add` renew a file's time.
    if (found && found.mtimeMs <= one.sinceMs) {
      await rm(file);
      removed.push(one);
    }
    onProgress({phase: 'removing', done: i + 1, total: garbage.length});
  }
  return removed;
}
