import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../exit.js';
import {blobsOf} from '../registry/named.js';
import {readManifest} from '../registry/read.js';
import {inUse} from './in-use.js';
import type {UnnamedSince} from './unnamed-since.js';

export interface Garbage {
  /** Inside the registry: `blobs/<sha256>`. */
  path: string;
  bytes: number;
  /** `unnamed`: no release names it. `draft`: left behind by a command that was killed. */
  why: 'unnamed' | 'draft';
  /** When no release named it any more, or when the draft was last written. Milliseconds since 1970. */
  sinceMs: number;
}

export interface FoundGarbage {
  freeable: Garbage[];
  /** Not for long enough, or needed by a manifest that waits. */
  waiting: Garbage[];
  /** Files that a release names. */
  inUse: number;
}

const draftKeepMs = 24 * 3_600_000;

/** What may go from a registry at `nowMs`; manifests before blobs. Errors as `inUse` has them. */
export async function findGarbage(
  registry: string,
  known: UnnamedSince,
  nowMs: number,
  keepMs: number,
): Promise<FoundGarbage> {
  const used = await inUse(registry);
  const isOld = ({sinceMs}: Garbage) => nowMs - sinceMs >= keepMs;
  const unnamed = async (folder: 'manifests' | 'blobs', names: ReadonlySet<string>) =>
    (await filesIn(registry, folder))
      .filter(({path}) => /^[^/]+\/[0-9a-f]{64}(\.json)?$/.test(path) && !names.has(nameOf(path)))
      // A release that came after it proves nothing about the time before.
      .map(one => ({...one, sinceMs: Math.max(one.sinceMs, known.get(one.path) ?? used.newestMs)}));
  const manifests = await unnamed('manifests', used.manifests);
  const held = await blobsOfAll(
    registry,
    manifests.filter(one => !isOld(one)),
  );
  const all = [...manifests, ...(await unnamed('blobs', used.blobs))];
  const goes = (one: Garbage) => isOld(one) && !held.has(nameOf(one.path));
  const drafts = await draftsIn(registry, nowMs);
  return {
    freeable: [...all.filter(goes), ...drafts],
    waiting: all.filter(one => !goes(one)),
    inUse: used.manifests.size + used.blobs.size,
  };
}

const nameOf = (path: string) => path.slice(path.indexOf('/') + 1).replace(/\.json$/, '');

async function draftsIn(registry: string, nowMs: number): Promise<Garbage[]> {
  const files = await Promise.all(['blobs', 'manifests', 'channels'].map(folder => filesIn(registry, folder)));
  return files
    .flat()
    .filter(({path, sinceMs}) => /\/\..+\.tmp$/.test(path) && nowMs - sinceMs >= draftKeepMs)
    .map(one => ({...one, why: 'draft'}));
}

async function filesIn(registry: string, folder: string): Promise<Garbage[]> {
  const names = await readdir(join(registry, folder)).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const all = await Promise.all(
    names.map(async (name): Promise<Garbage[]> => {
      const path = `${folder}/${name}`;
      // Gone meanwhile: a draft that became a blob.
      const status = await stat(join(registry, path)).catch(() => undefined);
      return status?.isFile() ? [{path, bytes: status.size, why: 'unnamed', sinceMs: status.mtimeMs}] : [];
    }),
  );
  return all.flat();
}

/** Of manifests that are packed and not released yet, or were released until lately. */
async function blobsOfAll(registry: string, manifests: readonly Garbage[]): Promise<Set<string>> {
  const all = await Promise.all(
    manifests.map(async ({path}) => {
      // Damaged ones name nothing that could be used.
      const manifest = await readManifest(registry, nameOf(path)).catch(() => undefined);
      return manifest ? blobsOf(manifest).map(({sha256}) => sha256) : [];
    }),
  );
  return new Set(all.flat());
}
