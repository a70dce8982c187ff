import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {inRoot, root} from './paths.mjs';

const ignored = /(^|[/\\])(node_modules|dist|build|\.kedge|test-results)([/\\]|$)|\.test\.ts$|\.tsbuildinfo$/;

/** @param {string} path @returns {string[]} every file at or below it */
function filesAt(path) {
  if (ignored.test(relative(root, path)) || !existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap(name => filesAt(join(path, name)));
}

/** Name, size and time of every input: a stat for each file is fast, reading them all is not. @param {readonly string[]} inputs */
function fingerprint(inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap(input => filesAt(inRoot(input)))) {
    const {mtimeMs, size} = statSync(file);
    hash.update(`${relative(root, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/**
 * Runs `action` when an input changed since it last succeeded, or an output is gone.
 *
 * @param {string} name of the record, `node_modules/.kedge-<name>`
 * @param {{inputs: readonly string[], outputs: readonly string[]}} files paths below the top; folders count whole
 * @param {() => void | Promise<void>} action
 * @returns {Promise<boolean>} whether it ran
 */
export async function whenChanged(name, {inputs, outputs}, action) {
  const record = inRoot('node_modules', `.kedge-${name}`);
  // Taken before the action: what changes meanwhile makes the next run do it again.
  const now = fingerprint(inputs);
  const fresh = existsSync(record) && readFileSync(record, 'utf8') === now;
  if (fresh && outputs.every(output => existsSync(inRoot(output)))) return false;
  await action();
  writeFileSync(record, now);
  return true;
}
