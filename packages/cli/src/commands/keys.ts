import type {Command} from 'commander';
import {newKeys} from '../keys/new-keys.js';
import {createOutput} from './output.js';

export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('signing keys')
    .command('new')
    .description('make a P-256 key pair: private.json signs releases, public.json goes into the app')
    .option('--out <dir>', 'folder for the two files', 'keys')
    .option('--json', 'print the result as JSON')
    .action(async ({out, json}: {out: string; json?: true}) => {
      const keys = await newKeys(out);
      createOutput(json ?? false).result(
        keys,
        `Made the key ${keys.keyId}\n  private  ${keys.privateFile}  (keep it secret; whoever has it decides what devices run)\n  public   ${keys.publicFile}`,
        `embed ${keys.publicFile} in the app as a trusted key, and pack a model: kedge pack --help`,
      );
    });
}
