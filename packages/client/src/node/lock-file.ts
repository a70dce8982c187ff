import {closeSync, openSync, readFileSync, readlinkSync, statSync, unlinkSync, writeSync} from 'node:fs';
import {hostname} from 'node:os';
import {delay} from '../delay.js';
import {randomId} from '../random-id.js';

/** Nobody holds it for long: what is done under it is synchronous and small. */
const deadAfterMs = 10_000;
const lookEveryMs = 5;

/**
 * Runs `work`, which must be synchronous, while no other thread or process runs any under the same file.
 *
 * @param work given whether that still holds: a process that stood still meanwhile was taken for dead
 * @throws what `work` throws; the disk's errors
 */
export async function locked<T>(path: string, work: (isHeld: () => boolean) => T): Promise<T> {
  const owner = JSON.stringify({pid: process.pid, host: hostname(), pids: pidsName(), id: randomId()});
  const isHeld = () => read(path) === owner;
  await acquire(path, owner);
  try {
    return work(isHeld);
  } finally {
    // Not another's, which took this one for dead.
    if (isHeld()) remove(path);
  }
}

/** Containers may have one host name and know nothing of each other's processes: on Linux these have a name. */
function pidsName(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

async function acquire(path: string, owner: string): Promise<void> {
  let seen: string | undefined;
  let sinceMs = performance.now();
  while (!create(path, owner)) {
    const held = read(path);
    if (held !== seen) sinceMs = performance.now();
    seen = held;
    // A thread that was stopped leaves its file while the process lives: one that stands still is taken, by this clock alone.
    if (held !== undefined && (isGone(held) || performance.now() - sinceMs >= deadAfterMs)) clear(path, held);
    else await delay(lookEveryMs * (0.5 + Math.random()));
  }
}

/** Under a lock of its own, so that of two who saw the same dead holder the second does not remove the first one's file. */
function clear(path: string, held: string): void {
  const guard = `${path}.clearing`;
  if (!create(guard, '')) {
    if (isOld(guard)) remove(guard);
    return;
  }
  try {
    if (read(path) === held) remove(path);
  } finally {
    remove(guard);
  }
}

/** @returns false when it is there already */
function create(path: string, text: string): boolean {
  const file = openNew(path);
  if (file === undefined) return false;
  try {
    writeSync(file, text);
    return true;
  } catch (error) {
    remove(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

function openNew(path: string): number | undefined {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Whether its process has ended; that of another machine or container, that shares the folder, can't be asked. */
function isGone(held: string): boolean {
  try {
    const {pid, host, pids} = JSON.parse(held) as {pid: number; host: string; pids: string};
    if (host === hostname() && pids === pidsName()) process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > deadAfterMs;
  } catch {
    return false;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already.
  }
}
