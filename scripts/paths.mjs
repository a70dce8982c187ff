import {fileURLToPath} from 'node:url';
import {resolve} from 'node:path';

/** The repository's top folder, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** @param {...string} parts below the repository's top; an absolute path stays what it is */
export const inRoot = (...parts) => resolve(root, ...parts);
