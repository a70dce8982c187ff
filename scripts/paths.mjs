import {fileURLToPath} from 'node:url';
import {join} from 'node:path';

/** The repository's top folder, without a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** @param {...string} parts below the repository's top */
export const inRoot = (...parts) => join(root, ...parts);
