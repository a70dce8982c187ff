import type {Command} from 'commander';
import {embed, type Embedded} from '../embed/embed.js';
import {checkEmbedded, embeddedText, writeEmbedded} from '../embed/write-embedded.js';
import {readKey} from '../keys/read-key.js';
import {expiryOf} from '../release/show.js';
import {cancelSignal} from './cancel.js';
import {bytesText, createOutput} from './output.js';

interface Flags {
  registry: string;
  channel: string;
  out: string;
  trust?: string[];
  check?: boolean;
  json?: boolean;
}

export function addEmbed(program: Command): void {
  program
    .command('embed')
    .description('write release and manifests for an app to build in, so that it starts without a network')
    .argument('<models...>', 'MODEL (its champion and the arms of its experiments), or MODEL@VERSION')
    .requiredOption('--out <file>', 'what to write; ends in .ts, .js or .json')
    .option('--registry <place>', 'folder or address of the registry', 'registry')
    .option('--channel <name>', 'the channel', 'prod')
    .option('--trust <file...>', 'public key that must have signed the release')
    .option('--check', 'write nothing; fail when the file is not what the registry says now')
    .option('--json', 'print the result as JSON')
    .action(async (models: string[], {registry, channel, out, trust = [], check = false, json = false}: Flags) => {
      const trustedKeys = await Promise.all(trust.map(file => readKey(file, 'public')));
      const found = await embed({models, registry, channel, trustedKeys, signal: cancelSignal()});
      if (check) await checkEmbedded(found, out);
      const written = !check && (await writeEmbedded(found, out));
      const {state} = expiryOf(found.release, new Date());
      const {version, expires} = found.release;
      createOutput(json).result(
        {file: out, written, release: version, expires, expiry: state, versions: found.versions},
        [describe(found, out, written), ...(state === 'fine' ? [] : [warning(state, expires)])].join('\n'),
        'pass it to the client: createKedge({…, embedded}); in CI: the same command with --check',
      );
    });
}

function describe(found: Embedded, out: string, written: boolean): string {
  const bytes = Buffer.byteLength(embeddedText(found, out));
  return [
    `${written ? 'Wrote' : 'Up to date:'} ${out} (${bytesText(bytes)}): ${found.release.channel} release ${found.release.version}`,
    ...found.versions.map(({what, address}) => `  ${what}  ${address}`),
  ].join('\n');
}

function warning(state: 'soon' | 'over', expires: string): string {
  return `WARNING: the release ${state === 'over' ? 'expired' : 'expires soon'} (${expires}); sign it again before you build: kedge release sign`;
}
