import type {Command} from 'commander';
import {CliError} from '../exit.js';
import type {Serving} from '../serve/serve.js';

interface Flags {
  registry: string;
  channel: string;
  reportToken?: string;
  site?: string;
  data: string;
  port: number;
  host: string;
  writeKey?: string;
  allowOrigin?: string[];
  isolate?: true;
  json?: true;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('registry, collector, report and page on one port')
    .option('--registry <dir>', 'the registry', 'registry')
    .option('--channel <name>', 'whose release the report judges by', 'prod')
    .option('--site <dir>', 'a built page, served at /')
    .option('--data <dir>', 'where the collector keeps its database', '.kedge/data')
    .option('--port <n>', 'port to listen on; 0 takes a free one', portNumber, 8787)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--write-key <key>', 'what clients send events with (default: made once, kept in --data)')
    .option(
      '--allow-origin <origin...>',
      'only these origins, and this server, may send events (default: every origin)',
    )
    .option('--report-token <token>', 'asked for by the report (default: the report is open)')
    .option('--isolate', 'cross-origin isolation, which WebAssembly threads need')
    .option('--json', 'print the addresses as JSON')
    .action(async ({json, allowOrigin, ...flags}: Flags) => {
      // Here, not above: only this command needs to wait for the database to load.
      const {serve} = await import('../serve/serve.js');
      const serving = await serve({...flags, ...(allowOrigin && {allowOrigins: allowOrigin})});
      announce(serving, json ?? false);
      await stopSignal();
      await serving.close();
    });
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65536) return Number(text);
  throw new CliError('usage', `--port: expected 0 to 65535, got ${JSON.stringify(text)}`);
}

function announce(serving: Serving, json: boolean): void {
  const {close: _, ...addresses} = serving;
  if (json) return console.log(JSON.stringify(addresses));
  const {url, site, registry, data, writeKey} = serving;
  const lines = [
    `Serving on ${url}`,
    ...(site === undefined ? [] : [`  page       ${url}/`]),
    `  registry   ${url}/registry  (${registry})`,
    `  collector  ${url}/v1/events  (write key ${writeKey})`,
    `  report     ${url}/report`,
    `  data       ${data}`,
    `Next: open ${site === undefined ? `${url}/report` : url}, or read the report here: kedge report --url ${url}; Ctrl+C stops`,
  ];
  console.log(lines.join('\n'));
}

function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
