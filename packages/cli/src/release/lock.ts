import {mkdir, open, readFile, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {CliError, errnoOf} from '../exit.js';

const retryMs = 50;

/**
 * Runs `work` while no other process of this machine does so for the same file: two operators who change a release at
 * once must not lose one of the changes.
 *
 * @param waitMs how long to wait for the other one
 * @throws CliError (unavailable) when it does not end
 */
export async function withLock<T>(file: string, work: () => Promise<T>, waitMs = 10_000): Promise<T> {
  const lock = `${file}.lock`;
  await mkdir(dirname(lock), {recursive: true});
  for (let waited = 0; !(await take(lock)); waited += retryMs) {
    if (waited >= waitMs)
      throw new CliError(
        'unavailable',
        `${file} is being changed by another kedge; try again, or remove ${lock} if none runs`,
      );
    await sleep(retryMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, {force: true});
  }
}

/** Taken, or not; a lock whose process has died is removed on the way. */
async function take(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (holder > 0 && !isAlive(holder)) await rm(lock, {force: true});
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}
