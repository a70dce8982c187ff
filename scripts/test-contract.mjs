import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {failuresOf, linesOf, toMarkdown} from './contract/lines.mjs';
import {inRoot} from './paths.mjs';
import {setup} from './setup.mjs';

const page = inRoot('docs', 'engine.md');
const [begin, end] = ['<!-- contract: begin -->', '<!-- contract: end -->'];

/** Where Vitest runs the contract: the files of each of its projects. @type {Record<'chromium' | 'node', {title: string, files: Record<string, string[]>}>} */
const projects = {
  chromium: {
    title: 'Chromium',
    files: {
      browser: ['onnx/runtime.test.ts', 'onnx/without-jspi.test.ts', 'tfjs/runtime.test.ts'],
      isolated: ['onnx/threads.isolated.test.ts'],
    },
  },
  node: {title: 'Node.js', files: {unit: ['node/ort.node.test.ts', 'edge/wasm.node.test.ts']}},
};
/** Where a page runs what Vitest runs in Chromium. */
const pages = {firefox: 'Firefox ESR', webkit: 'WebKitGTK'};
const all = /** @type {const} */ (['chromium', 'firefox', 'webkit', 'node']);

/** @typedef {typeof all[number]} Engine */
/** @typedef {{title: string, lines: import('./contract/lines.mjs').Line[]}} Column */

/** @param {Engine} engine @param {string} folder for what the run makes @returns {Promise<Column | {missing: string}>} */
async function ask(engine, folder) {
  if (engine === 'chromium' || engine === 'node') {
    const {title, files} = projects[engine];
    const {askVitest} = await import('./contract/in-vitest.mjs');
    const results = [];
    for (const [project, paths] of Object.entries(files)) results.push(...(await askVitest(folder, project, paths)));
    return columnOf(title, results);
  }
  const {askPage, buildPage} = await import('./contract/in-page.mjs');
  const site = join(folder, 'site');
  await buildPage(site);
  const answer = await askPage(engine, site);
  if ('missing' in answer) return answer;
  return columnOf(`${pages[engine]} ${answer.version.replace(/^\D*/, '')}`, answer.results);
}

/** @param {string} title @param {readonly import('./contract/lines.mjs').Result[]} results @returns {Column} */
function columnOf(title, results) {
  for (const failure of failuresOf(title, results)) console.error(failure);
  return {title, lines: linesOf(title, results)};
}

/** @param {string} table */
function writeDocs(table) {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} and ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`);
}

/** @param {readonly string[]} named @returns {readonly Engine[]} */
function chosen(named) {
  const unknown = named.find(name => !all.includes(/** @type {Engine} */ (name)));
  if (unknown) throw new Error(`unknown engine ${unknown}; there are ${all.join(', ')}`);
  return named.length ? /** @type {Engine[]} */ (named) : all;
}

/** @param {readonly Engine[]} engines @param {string} folder @returns {Promise<{columns: Column[], missing: string[]}>} */
async function askAll(engines, folder) {
  const [columns, missing] = [/** @type {Column[]} */ ([]), /** @type {string[]} */ ([])];
  for (const engine of engines) {
    const answer = await ask(engine, folder);
    if ('missing' in answer) missing.push(`${engine}: not run: ${answer.missing}`);
    else columns.push(answer);
  }
  return {columns, missing};
}

async function main() {
  const {values} = parseArgs({
    options: {engine: {type: 'string', multiple: true, default: []}, 'write-docs': {type: 'boolean'}},
  });
  const engines = chosen(values.engine);
  await setup();
  if (engines.includes('chromium')) await (await import('./browser.mjs')).ensureChromium();
  const folder = mkdtempSync(join(tmpdir(), 'kedge-contract-'));
  try {
    const {columns, missing} = await askAll(engines, folder);
    const lines = columns.flatMap(column => column.lines);
    const table = toMarkdown(
      lines,
      columns.map(({title}) => title),
    );
    console.log([table, ...missing].join('\n'));
    if (lines.some(({failed}) => failed > 0)) process.exitCode = 1;
    if (values['write-docs']) {
      if (columns.length < all.length)
        throw new Error(`--write-docs takes all of ${all.join(', ')}; this run has ${columns.length}`);
      writeDocs(table);
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

await main().catch(error => {
  console.error(`npm run test:contract: ${error.stack ?? error}`);
  process.exitCode = 1;
});
