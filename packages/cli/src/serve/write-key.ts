import {randomBytes} from 'node:crypto';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../exit.js';

/** The key kept in a data folder; made at the first call, so that a page built once goes on working. */
export async function keptWriteKey(data: string): Promise<string> {
  const file = join(data, 'write-key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const key = randomBytes(18).toString('base64url');
  await mkdir(data, {recursive: true});
  await writeFile(file, `${key}\n`, {mode: 0o600, flag: 'wx'});
  return key;
}
