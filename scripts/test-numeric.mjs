import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {setup} from './setup.mjs';

/** @typedef {import('../e2e/numeric/drive.mjs').Result} Result */

async function main() {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      provider: {type: 'string', multiple: true},
      part: {type: 'string', default: '1/1'},
      json: {type: 'string'},
      from: {type: 'string', multiple: true},
      'write-docs': {type: 'boolean', default: false},
    },
  });
  const results = values.from
    ? values.from.flatMap(file => /** @type {Result[]} */ (JSON.parse(readFileSync(resolve(file), 'utf8'))))
    : await measure({
        only: positionals,
        part: partOf(values.part),
        ...(values.provider && {providers: values.provider}),
      });
  if (values.json) writeFileSync(resolve(values.json), `${JSON.stringify(results, null, 2)}\n`);
  await judge(results, values['write-docs']);
}

/** @param {string} text such as 2/5 @returns {readonly [part: number, parts: number]} */
function partOf(text) {
  const [, part, parts] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (part && parts && part <= parts) return [part, parts];
  throw new Error(`--part ${text}: expected a part of all, such as 2/5`);
}

/** @param {import('../e2e/numeric/run.mjs').Wanted & {providers?: readonly string[]}} options */
async function measure({providers, ...asked}) {
  await setup();
  const {ensureChromium} = await import('./browser.mjs');
  await ensureChromium();
  const {armOf, arms} = await import('../e2e/numeric/arms.mjs');
  providers?.forEach(armOf);
  const {runNumeric} = await import('../e2e/numeric/run.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'kedge-numeric-'));
  try {
    const tell = (/** @type {string} */ line) => console.log(line);
    return await runNumeric({folder, providers: providers ?? Object.keys(arms), ...asked, tell});
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** @param {Result[]} results @param {boolean} write */
async function judge(results, write) {
  const {problemsOf, readKnown} = await import('../e2e/numeric/verdict.mjs');
  const {toMarkdown, writeDocs} = await import('../e2e/numeric/table.mjs');
  if (write) writeDocs(results);
  console.log(toMarkdown(results));
  const problems = problemsOf(results, readKnown());
  for (const problem of problems) console.log(problem);
  console.log(`${results.length} pairs, ${problems.length} not as known`);
  process.exitCode = problems.length ? 1 : 0;
}

await main().catch(error => {
  console.error(`npm run test:numeric: ${error.stack ?? error}`);
  process.exitCode = 1;
});
