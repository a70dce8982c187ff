import {setTimeout as sleep} from 'node:timers/promises';
import type {Report} from '@kedge/collector';
import type {Command} from 'commander';
import {fetchReport, type ReportOptions} from '../report/fetch-report.js';
import {CliError} from '../exit.js';
import {createOutput} from './output.js';

interface Flags extends ReportOptions {
  watch?: true;
  json?: true;
}

const watchMs = 2000;
const clearScreen = '\x1b[2J\x1b[H';

export function addReport(program: Command): void {
  program
    .command('report')
    .description('which arm does better, from a running collector')
    .option('--url <address>', 'the collector', 'http://127.0.0.1:8787')
    .option('--experiment <key>', 'this one only')
    .option('--token <token>', 'the collector’s report token')
    .option('--watch', 'every two seconds anew, until Ctrl+C')
    .option('--json', 'print the report as JSON; with --watch one line each')
    .action(async ({watch, json, ...options}: Flags) => {
      if (watch) return repeat(options, json ?? false);
      const report = await fetchReport(options);
      if (options.experiment !== undefined && report.experiments.length === 0)
        throw new CliError(
          'usage',
          `the collector knows no experiment ${options.experiment}; kedge report names those it knows`,
        );
      createOutput(json ?? false).result(report, await textOf(report), nextOf(report));
    });
}

async function repeat(options: ReportOptions, json: boolean): Promise<never> {
  for (;;) {
    const report = await fetchReport(options);
    if (json) console.log(JSON.stringify(report));
    else console.log(`${process.stdout.isTTY ? clearScreen : ''}${await textOf(report)}`);
    await sleep(watchMs);
  }
}

/** Loaded late: the other commands need not wait for the collector. */
async function textOf(report: Report): Promise<string> {
  const {renderText} = await import('@kedge/collector');
  return renderText(report);
}

function nextOf({experiments}: Report): string {
  const running = experiments.find(({status}) => status === 'running');
  if (!running) return 'start an experiment: kedge release start EXPERIMENT.json';
  return `when the verdict is clear: kedge release promote ${running.key} ARM, or kedge release stop ${running.key}`;
}
