import {closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {open, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {randomId} from '../random-id.js';

/** Whether a name is of a file that was being written: its writer may have died. */
export const isTemporary = (name: string): boolean => name.endsWith('.tmp');

/** A file that was being written so long ago belongs to a process that died. */
const abandonedMs = 600_000;

export function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter(isTemporary)) {
    const path = join(folder, name);
    const stat = statSync(path, {throwIfNoEntry: false});
    if (stat && Date.now() - stat.mtimeMs > abandonedMs) rmSync(path, {force: true});
  }
}

const temporaryFor = (path: string) => `${path}.${randomId()}.tmp`;

/** Replaces a file in one step that a power cut does not tear. @param may asked last @returns whether it did */
export function replaceFile(path: string, text: string, may: () => boolean): boolean {
  const next = temporaryFor(path);
  try {
    const file = openSync(next, 'wx');
    try {
      // One `writeSync` may write a part, as where the disk is nearly full, and throws nothing.
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (!may()) {
      rmSync(next, {force: true});
      return false;
    }
    renameSync(next, path);
  } catch (error) {
    rmSync(next, {force: true});
    throw error;
  }
  syncFolder(dirname(path));
  return true;
}

/** Names become durable with their folder. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // Windows opens no folders.
  }
}

export interface NewFile {
  path: string;
  data: Uint8Array;
}

/** All or none appear, each of them whole, unless the machine stops in between: then some do. */
export async function addFiles(files: readonly NewFile[]): Promise<void> {
  const pending = files.map(file => ({...file, next: temporaryFor(file.path)}));
  const written = await Promise.allSettled(pending.map(({next, data}) => writeWhole(next, data)));
  const failed = written.find(({status}) => status === 'rejected');
  if (failed) {
    await Promise.all(pending.map(({next}) => rm(next, {force: true})));
    throw (failed as PromiseRejectedResult).reason;
  }
  await Promise.all(pending.map(({next, path}) => rename(next, path)));
  for (const folder of new Set(pending.map(({path}) => dirname(path)))) syncFolder(folder);
}

async function writeWhole(path: string, data: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}
