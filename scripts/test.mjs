import {closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {playwrightCounts, readReport, vitestCounts} from './counts.mjs';
import {inRoot} from './paths.mjs';
import {progressReporter} from './progress.mjs';
import {runTool} from './run.mjs';
import {setup} from './setup.mjs';
import {runWatched} from './watched.mjs';

/**
 * One step of the tests: returns its counts, with everything it prints streamed to this terminal or to `output`, an open file.
 *
 * One that leaves some of two cores idle has others `beside` it, which get what it leaves: nothing in them watches the clock.
 *
 * @typedef {{name: string, what: string, beside?: readonly string[], run: (report: string, output?: number) => Promise<import('./counts.mjs').Counts>}} Step
 */

/** @type {readonly Step[]} */
const steps = [
  {name: 'lint', what: 'ESLint', run: (_, output) => check([lint], output)},
  {name: 'types', what: 'tsc', run: (_, output) => check(typeChecks(), output)},
  {name: 'unit', what: 'Vitest in Node', run: (...to) => vitest('unit', ...to)},
  {
    name: 'browser',
    what: 'Vitest in Chromium',
    beside: ['lint', 'types', 'packages'],
    run: (...to) => vitest('browser', ...to),
  },
  {name: 'isolated', what: 'Vitest in Chromium, where threads are allowed', run: (...to) => vitest('isolated', ...to)},
  {name: 'packages', what: 'tarballs in an empty folder', run: (...to) => vitest('packages', ...to)},
  {name: 'e2e', what: 'Playwright', run: playwright},
];

const lint = ['eslint/bin/eslint.js', '.', '--max-warnings=0', '--quiet'];

function typeChecks() {
  const own = ['demo/tsconfig.json', 'e2e/tsconfig.json'].filter(path => existsSync(inRoot(path)));
  return [['-b'], ...['tsconfig.test.json', ...own].map(path => ['-p', path, '--noEmit'])].map(args => [
    'typescript/bin/tsc',
    ...args,
  ]);
}

/**
 * Checks that have no tests inside count as one.
 *
 * @param {string[][]} commands
 * @param {number} [output]
 * @returns {Promise<import('./counts.mjs').Counts>}
 */
async function check(commands, output) {
  let ok = true;
  for (const [tool, ...args] of commands)
    ok = (await runTool(/** @type {string} */ (tool), args, {output})) === 0 && ok;
  return {passed: Number(ok), failed: Number(!ok)};
}

/** @param {string} project @param {string} report @param {number} [output] */
async function vitest(project, report, output) {
  const reporters = ['default', 'json', progressReporter].map(name => `--reporter=${name}`);
  const args = ['run', '--project', project, ...reporters, `--outputFile.json=${report}`];
  const watched = {notes: notesOf(report), output};
  const {code, stood} = await runWatched('vitest/vitest.mjs', args, watched);
  return {...vitestCounts(code, readReport(report)), stood};
}

/** @param {string} report @param {number} [output] */
async function playwright(report, output) {
  // The others are for `npm run test:long`.
  const wanted = ['--config', 'e2e/playwright.config.ts', '--grep-invert', '@long'];
  const args = ['test', ...wanted, `--reporter=list,json,${progressReporter}`];
  const watched = {notes: notesOf(report), env: {PLAYWRIGHT_JSON_OUTPUT_FILE: report}, output};
  const {code, stood} = await runWatched('@playwright/test/cli.js', args, watched);
  return {...playwrightCounts(code, readReport(report)), stood};
}

/** @param {string} report */
const notesOf = report => `${report}.progress`;

/** @param {readonly string[]} names @returns {readonly Step[]} */
function chosen(names) {
  const unknown = names.filter(name => !steps.some(step => step.name === name));
  if (unknown.length)
    throw new Error(`unknown step ${unknown.join(', ')}; there are ${steps.map(({name}) => name).join(', ')}`);
  return names.length ? steps.filter(({name}) => names.includes(name)) : steps;
}

/** Rows come in the order of the steps, whatever ran beside what. @param {readonly Step[]} wanted */
async function runAll(wanted) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-test-'));
  const besides = wanted.map(({beside = []}) => wanted.filter(({name}) => beside.includes(name)));
  /** @type {Awaited<ReturnType<typeof timed>>[]} */
  const rows = [];
  for (const [i, step] of wanted.entries()) {
    if (besides.flat().includes(step)) continue;
    const others = besides[i] ?? [];
    rows.push(...(await Promise.all([runStreamed(step, others, folder), runHeld(others, folder)])).flat());
    for (const other of others) process.stdout.write(`${title(other)}\n${readFileSync(logOf(other, folder), 'utf8')}`);
  }
  rmSync(folder, {recursive: true});
  return wanted.flatMap(({name}) => rows.filter(row => row.name === name));
}

/** @param {Step} step */
const title = ({name, what}) => `\n── ${name}: ${what}`;

/** @param {Step} step @param {string} folder */
const logOf = ({name}, folder) => join(folder, `${name}.log`);

/** @param {Step} step @param {readonly Step[]} others @param {string} folder */
async function runStreamed(step, others, folder) {
  const beside = others.map(({name}) => name).join(', ');
  console.log(title(step) + (beside && `; beside it ${beside}, whose output follows`));
  return timed(step, folder);
}

/** One after the other, with what they print kept for later. @param {readonly Step[]} others @param {string} folder */
async function runHeld(others, folder) {
  const rows = [];
  for (const step of others) {
    const output = openSync(logOf(step, folder), 'w');
    rows.push(await timed(step, folder, output));
    closeSync(output);
  }
  return rows;
}

/** @param {Step} step @param {string} folder @param {number} [output] */
async function timed({name, run}, folder, output) {
  const start = performance.now();
  const counts = await run(join(folder, `${name}.json`), output);
  return {name, ...counts, seconds: (performance.now() - start) / 1000};
}

/** @param {Awaited<ReturnType<typeof runAll>>} rows */
function printTable(rows) {
  console.log(`\n${'step'.padEnd(10)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'seconds'.padStart(9)}`);
  for (const {name, passed, failed, seconds} of rows) {
    const numbers = `${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(9)}`;
    console.log(`${name.padEnd(10)}${numbers}`);
  }
}

/** Again at the end, since a runner's own telling may be thousands of lines up. @param {Awaited<ReturnType<typeof runAll>>} rows */
function printFailures(rows) {
  for (const {name, failures = [], stood = []} of rows) {
    for (const failure of failures) console.log(`\nfailed in ${name}: ${failure}`);
    for (const where of stood) console.log(`\n${name} stood: ${where}`);
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
  printFailures(rows);
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
