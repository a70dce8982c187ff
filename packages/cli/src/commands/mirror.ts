import type {Command} from 'commander';
import {readKey} from '../keys/read-key.js';
import {mirror, type Mirrored} from '../mirror/mirror.js';
import {cancelSignal} from './cancel.js';
import {bytesText, createOutput} from './output.js';
import {wholeNumber} from './validation.js';

interface Flags {
  channel?: string[];
  trust?: string[];
  verify?: boolean;
  connections: number;
  json?: boolean;
}

export function addMirror(program: Command): void {
  program
    .command('mirror')
    .description('copy a registry, every digest checked; resumes, and copies only what is missing')
    .argument('<from>', 'address or folder of the registry')
    .argument('<to>', 'folder that becomes its copy')
    .option('--channel <name...>', 'these channels (default: all of a folder, prod of an address)')
    .option('--trust <file...>', 'public key that must have signed the releases')
    .option('--verify', 'check every digest of what is there already, and repair it')
    .option('--connections <n>', 'files copied at once', wholeNumber, 4)
    .option('--json', 'print the result as JSON')
    .action(async (from: string, to: string, {channel, trust = [], verify, connections, json = false}: Flags) => {
      const output = createOutput(json);
      const trustedKeys = await Promise.all(trust.map(file => readKey(file, 'public')));
      const mirrored = await mirror({
        ...{from, to, trustedKeys, connections, onProgress: output.progress, signal: cancelSignal()},
        ...(channel && {channels: channel}),
        ...(verify !== undefined && {verify}),
      });
      const signed = trust.length > 0 ? 'signatures verified' : 'signatures not checked; give --trust public.json';
      output.result(
        mirrored,
        `${describe(mirrored, to)}\n${signed}`,
        'check the host that serves it: kedge doctor URL',
      );
    });
}

function describe({channels, copied, copiedBytes, present, presentBytes, repaired}: Mirrored, to: string): string {
  return [
    ...channels.map(({channel, version, before}) =>
      before === version
        ? `${channel}: release ${version}, as before`
        : `${channel}: release ${before ?? 'none'} -> ${version}`,
    ),
    `copied ${copied} files (${bytesText(copiedBytes)}) to ${to}; ${present} (${bytesText(presentBytes)}) were there`,
    ...repaired.map(what => `repaired ${what}`),
  ].join('\n');
}
