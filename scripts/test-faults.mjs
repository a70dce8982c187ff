import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {setup} from './setup.mjs';

async function main() {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      engine: {type: 'string', multiple: true},
      only: {type: 'string', multiple: true},
      jobs: {type: 'string', default: '1'},
      peers: {type: 'boolean', default: false},
      json: {type: 'string'},
      'write-docs': {type: 'boolean'},
    },
  });
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs: expected 1 or more, got ${values.jobs}`);
  await setup();
  const {runFaults} = await import('../e2e/faults/run.mjs');
  const only = [...(values.only ?? []), ...positionals];
  const folder = mkdtempSync(join(tmpdir(), 'kedge-faults-'));
  try {
    const results = await runFaults({folder, engines: values.engine, only, peers: values.peers, jobs});
    if (values['write-docs']) {
      const {keepResults} = await import('../e2e/faults/results.mjs');
      const {writeDocs} = await import('../e2e/faults/docs.mjs');
      const {rows} = await import('../e2e/faults/rows/all.mjs');
      const {peerCells} = await import('../e2e/faults/peers/run-peers.mjs');
      keepResults(results, {rows, peers: peerCells()});
      writeDocs();
    }
    if (values.json) writeFileSync(resolve(values.json), `${JSON.stringify(results, null, 2)}\n`);
    process.exitCode = results.engines.some(({rows}) => rows.some(({result}) => result === 'failed')) ? 1 : 0;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

await main().catch(error => {
  console.error(`npm run test:faults: ${error.stack ?? error}`);
  process.exitCode = 1;
});
