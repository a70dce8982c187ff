import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {inRoot} from './paths.mjs';
import {readReport} from './counts.mjs';
import {runTool} from './run.mjs';
import {setup} from './setup.mjs';

const source = 'packages/client/src';
const page = inRoot('docs', 'engine.md');
const [begin, end] = ['<!-- contract: begin -->', '<!-- contract: end -->'];

/** Where the contract runs, by Vitest's projects. */
const engines = {
  Chromium: {project: 'browser', files: ['onnx/runtime.test.ts', 'tfjs/runtime.test.ts']},
  'Node.js': {project: 'unit', files: ['node/ort.node.test.ts', 'edge/wasm.node.test.ts']},
};

/** @typedef {{engine: string, suite: string, passed: number, failed: number, skipped: number}} Line */

/** The adapters' other tests are in the same files. */
function contractTitles() {
  const text = readFileSync(inRoot(source, 'runtime', 'contract.ts'), 'utf8');
  return new Set([...text.matchAll(/^ {2}test\('([^']+)'/gm)].map(([, title]) => title));
}

/** @param {string} folder @param {keyof typeof engines} engine @returns {Promise<Line[]>} */
async function ask(folder, engine) {
  const {project, files} = engines[engine];
  const output = join(folder, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const paths = files.map(file => `${source}/${file}`);
  const code = await runTool('vitest/vitest.mjs', ['run', '--project', project, ...reporters, ...paths]);
  const report = readReport(output);
  if (!report) throw new Error(`vitest --project ${project} wrote no report; its exit code was ${code}`);
  // A run can fail outside of any test: a page that closed, an error that nobody caught.
  if (code !== 0) process.exitCode = 1;
  return linesOf(engine, report);
}

/** @param {string} engine @param {any} report of Vitest's `json` reporter @returns {Line[]} */
function linesOf(engine, report) {
  const titles = contractTitles();
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (const {ancestorTitles, title, status} of report.testResults.flatMap(
    (/** @type {any} */ file) => file.assertionResults,
  )) {
    if (!titles.has(title)) continue;
    const suite = ancestorTitles.filter(Boolean).join(', ');
    const line = lines.get(suite) ?? {engine, suite, passed: 0, failed: 0, skipped: 0};
    line[status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped'] += 1;
    lines.set(suite, line);
  }
  if (lines.size === 0) throw new Error(`${engine}: no test of the contract ran`);
  return [...lines.values()];
}

/** @param {readonly Line[]} lines */
function toMarkdown(lines) {
  const rows = lines.map(({suite, engine, passed, failed, skipped}) => {
    const bad = failed ? `, **${failed} failed**` : '';
    return `| ${suite} | ${engine} | ${passed} of ${passed + failed + skipped}${bad} |`;
  });
  return ['| adapter, provider, form of the model | engine | passed |', '|---|---|---|', ...rows].join('\n');
}

/** @param {readonly Line[]} lines */
function writeDocs(lines) {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} and ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${toMarkdown(lines)}\n\n${text.slice(to)}`);
}

async function main() {
  const {values} = parseArgs({options: {'write-docs': {type: 'boolean'}}});
  await setup();
  const {ensureChromium} = await import('./browser.mjs');
  await ensureChromium();
  const folder = mkdtempSync(join(tmpdir(), 'kedge-contract-'));
  try {
    const lines = [];
    for (const engine of /** @type {(keyof typeof engines)[]} */ (Object.keys(engines)))
      lines.push(...(await ask(folder, engine)));
    if (values['write-docs']) writeDocs(lines);
    console.log(toMarkdown(lines));
    if (lines.some(({failed}) => failed > 0)) process.exitCode = 1;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

await main().catch(error => {
  console.error(`npm run test:contract: ${error.stack ?? error}`);
  process.exitCode = 1;
});
