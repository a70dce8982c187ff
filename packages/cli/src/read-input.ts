import {readFile} from 'node:fs/promises';
import {CliError, errnoOf} from './exit.js';

/**
 * A file that the caller named.
 *
 * @param what its role, for the message: `--meta`
 * @throws CliError (usage) when there is no such file
 */
export async function readInput(file: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // Not Node's Buffer: its `slice` shares memory, which callers that know only Uint8Array do not expect.
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw missingInput(cause, file, what);
  }
}

/** The errors of a wrong path as one that says so; others (permission, disk) unchanged. */
export function missingInput(cause: unknown, file: string, what: string): unknown {
  const errno = errnoOf(cause);
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return new CliError('usage', `${what}: there is no file ${file}; check the path`, {cause});
  if (errno === 'EISDIR') return new CliError('usage', `${what}: ${file} is a folder, expected a file`, {cause});
  return cause;
}

/** @throws CliError (usage) when the file is missing or not JSON */
export async function readInputJson(file: string, what: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readInput(file, what));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError('usage', `${what}: ${file} is not JSON: it begins with ${JSON.stringify(text.slice(0, 24))}`, {
      cause,
    });
  }
}
