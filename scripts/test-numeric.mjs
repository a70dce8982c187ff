import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {setup} from './setup.mjs';

async function main() {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      provider: {type: 'string', multiple: true, default: ['wasm', 'webgpu']},
      json: {type: 'string'},
      'write-docs': {type: 'boolean'},
    },
  });
  const unknown = values.provider.find(provider => provider !== 'wasm' && provider !== 'webgpu');
  if (unknown !== undefined) throw new Error(`--provider ${unknown}: expected wasm or webgpu`);
  await setup();
  const {ensureChromium} = await import('./browser.mjs');
  await ensureChromium();
  const {runNumeric} = await import('../e2e/numeric/run.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'kedge-numeric-'));
  try {
    const providers = /** @type {('wasm' | 'webgpu')[]} */ (values.provider);
    const results = await runNumeric({folder, providers, only: positionals, tell: line => console.log(line)});
    if (values.json) writeFileSync(resolve(values.json), `${JSON.stringify(results, null, 2)}\n`);
    await judge(results, {isWhole: positionals.length === 0 && providers.length === 2, write: values['write-docs']});
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** @param {import('../e2e/numeric/drive.mjs').Result[]} results @param {{isWhole: boolean, write: boolean | undefined}} options */
async function judge(results, {isWhole, write}) {
  const {problemsOf, readKnown} = await import('../e2e/numeric/verdict.mjs');
  const {toMarkdown, writeDocs} = await import('../e2e/numeric/table.mjs');
  if (write && !isWhole) throw new Error('--write-docs needs every case on both providers');
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
