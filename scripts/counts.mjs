import {existsSync, readFileSync} from 'node:fs';

/** @typedef {{passed: number, failed: number}} Counts */

/** @param {string} file @returns {any} undefined when the runner died before it wrote one */
export const readReport = file => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** @param {number} code Vitest's exit code @param {any} report of its `json` reporter @returns {Counts} */
export const vitestCounts = (code, report) => settle(code, report?.numPassedTests ?? 0, report?.numFailedTests ?? 0);

/**
 * A flaky test passed on a later try and counts as passed.
 *
 * @param {number} code Playwright's exit code
 * @param {any} report of its `json` reporter
 * @returns {Counts}
 */
export function playwrightCounts(code, report) {
  const {expected = 0, flaky = 0, unexpected = 0} = report?.stats ?? {};
  return settle(code, expected + flaky, unexpected);
}

/**
 * A runner that failed without a failed test (it crashed, a file did not load, nothing ran) counts as one failure.
 *
 * @param {number} code
 * @param {number} passed
 * @param {number} failed
 */
function settle(code, passed, failed) {
  const broken = code !== 0 || passed + failed === 0;
  return {passed, failed: failed || Number(broken)};
}
