import {existsSync, readFileSync} from 'node:fs';
import {relative, resolve} from 'node:path';
import {root} from './paths.mjs';

/**
 * `failures` are told by file, name and the first lines of what went wrong; `stood` is where a runner stood, for people.
 *
 * @typedef {{passed: number, failed: number, failures?: readonly string[], stood?: readonly string[]}} Counts
 */

/** @param {string} file @returns {any} undefined when the runner died before it wrote one */
export const readReport = file => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** @param {number} code Vitest's exit code @param {any} report of its `json` reporter @returns {Counts} */
export function vitestCounts(code, report) {
  const files = report?.testResults ?? [];
  const failed = files.flatMap((/** @type {any} */ {name, message, status, assertionResults}) =>
    status === 'failed' && !assertionResults.length
      ? [told(name, 'did not load', message)]
      : assertionResults
          .filter((/** @type {any} */ result) => result.status === 'failed')
          .map((/** @type {any} */ result) => told(name, result.fullName, result.failureMessages[0])),
  );
  return settle(code, report?.numPassedTests ?? 0, report?.numFailedTests ?? 0, failed);
}

/**
 * A flaky test passed on a later try and counts as passed.
 *
 * @param {number} code Playwright's exit code
 * @param {any} report of its `json` reporter
 * @returns {Counts}
 */
export function playwrightCounts(code, report) {
  const {expected = 0, flaky = 0, unexpected = 0} = report?.stats ?? {};
  return settle(code, expected + flaky, unexpected, (report?.suites ?? []).flatMap(playwrightFailures));
}

/** @param {any} suite @returns {string[]} those of the suites inside of it too */
function playwrightFailures({suites = [], specs = []}) {
  const failed = specs.filter((/** @type {any} */ {ok}) => !ok);
  const own = failed.map((/** @type {any} */ {file, title, tests}) =>
    told(file, title, tests.flatMap((/** @type {any} */ {results}) => results).find(errorOf)?.error.message),
  );
  return [...own, ...suites.flatMap(playwrightFailures)];
}

/** @param {any} result */
const errorOf = result => result.error;

/** @param {string} file @param {string} name @param {string} [message] */
const told = (file, name, message = '') =>
  [`${relative(root, resolve(root, file))}: ${name}`, ...message.split('\n', 6)].join('\n    ');

/**
 * A runner that failed without a failed test (it crashed, a file did not load, nothing ran) counts as one failure.
 *
 * @param {number} code
 * @param {number} passed
 * @param {number} failed
 * @param {readonly string[]} failures
 * @returns {Counts}
 */
function settle(code, passed, failed, failures) {
  const broken = code !== 0 || passed + failed === 0;
  return {passed, failed: failed || Number(broken), ...(failures.length && {failures})};
}
