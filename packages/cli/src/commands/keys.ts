import type {Command} from 'commander';
import {newKeys} from '../keys/new-keys.js';
import {showKey, type ShownKey} from '../keys/show-key.js';
import {createOutput} from './output.js';

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('signing keys');
  addNew(keys);
  keys
    .command('show')
    .description('the id of each key, as releases name their signers')
    .argument('<files...>', 'private or public keys')
    .option('--json', 'print the result as JSON')
    .action(async (files: string[], {json}: {json?: true}) => {
      const shown = await Promise.all(files.map(showKey));
      createOutput(json ?? false).result(shown, describe(shown), 'see who signed a release: kedge release show');
    });
}

function describe(keys: readonly ShownKey[]): string {
  return keys.map(({file, keyId, half}) => `${keyId}  ${half.padEnd(7)}  ${file}`).join('\n');
}

function addNew(keys: Command): void {
  keys
    .command('new')
    .description('make a P-256 key pair: private.json signs releases, public.json goes into the app')
    .option('--out <dir>', 'folder for the two files', 'keys')
    .option('--json', 'print the result as JSON')
    .action(async ({out, json}: {out: string; json?: true}) => {
      const made = await newKeys(out);
      createOutput(json ?? false).result(
        made,
        `Made the key ${made.keyId}\n  private  ${made.privateFile}  (keep it secret; whoever has it decides what devices run)\n  public   ${made.publicFile}`,
        `embed ${made.publicFile} in the app as a trusted key, and pack a model: kedge pack --help`,
      );
    });
}
