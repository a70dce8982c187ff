import {appendFileSync, existsSync, readFileSync} from 'node:fs';
import {relative} from 'node:path';
import {inRoot, root} from './paths.mjs';

/** What both runners take as a reporter. */
export const progressReporter = inRoot('scripts', 'progress.mjs');

/** The environment variable that names the file to write to. */
export const progressFile = 'KEDGE_PROGRESS';

/** @typedef {import('vitest/node').TestCase | import('@playwright/test/reporter').TestCase} Test */

/** @param {'+' | '-'} sign begun or ended @param {string} name */
function note(sign, name) {
  const file = process.env[progressFile];
  if (file) appendFileSync(file, `${sign} ${name.replaceAll('\n', ' ')}\n`);
}

/** @param {Test} test */
function nameOf(test) {
  if ('module' in test) return `${test.module.relativeModuleId} > ${test.fullName}`;
  const [, , ...titles] = test.titlePath();
  return [relative(root, test.location.file), ...titles.slice(1)].join(' > ');
}

/** A reporter for Vitest and for Playwright: writes down, one per line, what begins and what ends. */
// eslint-disable-next-line no-restricted-syntax -- both take only what their module exports as default
export default class Progress {
  /** Vitest's; its file is in the browser from here on. @param {import('vitest/node').TestModule} file */
  onTestModuleQueued({relativeModuleId}) {
    note('+', relativeModuleId);
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleEnd({relativeModuleId}) {
    note('-', relativeModuleId);
  }

  /** @param {Test} test */
  onTestCaseReady(test) {
    note('+', nameOf(test));
  }

  /** @param {Test} test */
  onTestCaseResult(test) {
    note('-', nameOf(test));
  }

  /** Playwright's. @param {Test} test */
  onTestBegin(test) {
    note('+', nameOf(test));
  }

  /** @param {Test} test */
  onTestEnd(test) {
    note('-', nameOf(test));
  }

  /** Else Playwright would print dots for it. */
  printsToStdio() {
    return false;
  }
}

/** What had begun and not ended, for people. @param {string} file that a `Progress` wrote */
export function standing(file) {
  /** @type {Set<string>} */
  const open = new Set();
  let ended = '';
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const name = line.slice(2);
    if (line.startsWith('+')) open.add(name);
    else if (open.delete(name)) ended = name;
  }
  // A file is open as long as a test of its is.
  const inmost = [...open].filter(name => ![...open].some(other => other.startsWith(`${name} > `)));
  const last = ended ? `after ${ended}` : 'before the first test';
  return inmost.length ? `in ${inmost.join(', ')} (${last})` : last;
}
