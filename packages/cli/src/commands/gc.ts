import type {Command} from 'commander';
import {CliError} from '../exit.js';
import {type Collected, collectGarbage} from '../gc/collect-garbage.js';
import type {Garbage} from '../gc/find-garbage.js';
import {bytesText, createOutput} from './output.js';

interface Flags {
  registry: string;
  keepDays: number;
  dryRun?: boolean;
  json?: boolean;
}

export function addGc(program: Command): void {
  program
    .command('gc')
    .description('remove manifests and blobs that no release of any channel names any more')
    .option('--registry <dir>', 'the registry', 'registry')
    .option('--keep-days <n>', 'how long such files are kept, for devices with an older release; 0 is an hour', days, 7)
    .option('--dry-run', 'show what would go, remove nothing')
    .option('--json', 'print the result as JSON')
    .action(async ({registry, keepDays, dryRun = false, json = false}: Flags) => {
      const output = createOutput(json);
      const {progress: onProgress} = output;
      const collected = await collectGarbage({registry, keepMs: keepDays * 86_400_000, dryRun, onProgress});
      output.result(collected, describe(collected), nextOf(collected, registry));
    });
}

function days(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new CliError('usage', `--keep-days: expected a whole number of days, got ${JSON.stringify(text)}`);
}

function describe({freed, freedBytes, waiting, inUse, written}: Collected): string {
  const line = ({path, bytes, why, sinceMs}: Garbage) =>
    `  ${path}  ${bytesText(bytes)}, ${why === 'draft' ? 'draft of' : 'unnamed since'} ${new Date(sinceMs).toISOString()}`;
  const later = waiting.reduce((sum, {bytes}) => sum + bytes, 0);
  return [
    `${written ? 'Freed' : 'Would free'} ${bytesText(freedBytes)} in ${freed.length} files; ${inUse} are in use`,
    ...freed.map(line),
    ...(waiting.length > 0
      ? [`${bytesText(later)} in ${waiting.length} files are named by no release either, and wait:`]
      : []),
    ...waiting.map(line),
  ].join('\n');
}

function nextOf({freed, written}: Collected, registry: string): string {
  if (!written && freed.length > 0) return 'run it without --dry-run';
  return `take old versions out of the release (kedge release remove MODEL@VERSION --registry ${registry}), then gc again`;
}
