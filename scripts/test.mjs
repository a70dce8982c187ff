import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {playwrightCounts, readReport, vitestCounts} from './counts.mjs';
import {inRoot} from './paths.mjs';
import {runTool} from './run.mjs';
import {setup} from './setup.mjs';

/**
 * One step of the tests: returns its counts, with everything it prints streamed.
 *
 * @typedef {{name: string, what: string, run: (report: string) => Promise<import('./counts.mjs').Counts>}} Step
 */

/** @type {readonly Step[]} */
const steps = [
  {name: 'lint', what: 'ESLint', run: () => check([['eslint/bin/eslint.js', '.', '--max-warnings=0', '--quiet']])},
  {name: 'types', what: 'tsc', run: () => check(typeChecks())},
  {name: 'unit', what: 'Vitest in Node', run: report => vitest('unit', report)},
  {name: 'browser', what: 'Vitest in Chromium', run: report => vitest('browser', report)},
  {name: 'packages', what: 'tarballs in an empty folder', run: report => vitest('packages', report)},
  {name: 'e2e', what: 'Playwright', run: playwright},
];

function typeChecks() {
  const own = ['demo/tsconfig.json', 'e2e/tsconfig.json'].filter(path => existsSync(inRoot(path)));
  return [['-b'], ...['tsconfig.test.json', ...own].map(path => ['-p', path, '--noEmit'])].map(args => [
    'typescript/bin/tsc',
    ...args,
  ]);
}

/** Checks that have no tests inside count as one. @param {string[][]} commands @returns {Promise<import('./counts.mjs').Counts>} */
async function check(commands) {
  let ok = true;
  for (const [tool, ...args] of commands) ok = (await runTool(/** @type {string} */ (tool), args)) === 0 && ok;
  return {passed: Number(ok), failed: Number(!ok)};
}

/** @param {string} project @param {string} report */
async function vitest(project, report) {
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await runTool('vitest/vitest.mjs', args);
  return vitestCounts(code, readReport(report));
}

/** @param {string} report */
async function playwright(report) {
  const args = ['test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json'];
  const code = await runTool('@playwright/test/cli.js', args, {env: {PLAYWRIGHT_JSON_OUTPUT_FILE: report}});
  return playwrightCounts(code, readReport(report));
}

/** @param {readonly string[]} names @returns {readonly Step[]} */
function chosen(names) {
  const unknown = names.filter(name => !steps.some(step => step.name === name));
  if (unknown.length)
    throw new Error(`unknown step ${unknown.join(', ')}; there are ${steps.map(({name}) => name).join(', ')}`);
  return names.length ? steps.filter(({name}) => names.includes(name)) : steps;
}

/** @param {readonly Step[]} wanted */
async function runAll(wanted) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-test-'));
  const rows = [];
  for (const {name, what, run} of wanted) {
    console.log(`\n── ${name}: ${what}`);
    const start = performance.now();
    const counts = await run(join(folder, `${name}.json`));
    rows.push({name, ...counts, seconds: (performance.now() - start) / 1000});
  }
  rmSync(folder, {recursive: true});
  return rows;
}

/** @param {Awaited<ReturnType<typeof runAll>>} rows */
function printTable(rows) {
  console.log(`\n${'step'.padEnd(10)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`);
  for (const {name, passed, failed, seconds} of rows) {
    const numbers = `${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(9)}`;
    console.log(`${name.padEnd(10)}${numbers}`);
  }
}

async function main() {
  const wanted = chosen(process.argv.slice(2));
  await setup();
  if (wanted.some(({name}) => name === 'browser' || name === 'e2e')) {
    // Imported late: it asks Playwright, which setup installs.
    const {ensureChromium} = await import('./browser.mjs');
    await ensureChromium();
  }
  const rows = await runAll(wanted);
  printTable(rows);
  const [passed, failed] = [sum(rows.map(row => row.passed)), sum(rows.map(row => row.failed))];
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

/** @param {number[]} numbers */
const sum = numbers => numbers.reduce((total, number) => total + number, 0);

await main().catch(error => {
  console.error(`npm test: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
