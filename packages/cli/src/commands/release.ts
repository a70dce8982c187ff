import type {Command} from 'commander';
import {CliError} from '../exit.js';
import {readKey} from '../keys/read-key.js';
import {readInputJson} from '../read-input.js';
import {parseReference} from '../registry/read.js';
import type {Change} from '../release/change.js';
import {showRelease} from '../release/document.js';
import {addVersion, type Edited, editRelease, type EditOptions} from '../release/edit.js';
import {describeEdit, describeRelease, expiryOf} from '../release/show.js';
import {durationMs} from './duration.js';
import {createOutput} from './output.js';
import {wholeNumber} from './validation.js';

interface Flags {
  registry: string;
  channel: string;
  key?: string[];
  trust?: string[];
  expires?: string;
  atLeast?: number;
  dryRun?: true;
  json?: true;
}

interface AddFlags {
  champion?: boolean;
  previous?: string;
}

export function addRelease(program: Command): void {
  const release = program
    .command('release')
    .description('what runs on a channel: every change is signed and raises its version');
  const verb = (usage: string, about: string) => withSigning(release.command(usage).description(about));
  verb('add <reference>', 'make a packed version (MODEL@VERSION, or its address) known; the first one is champion')
    .option('--champion', 'serve it to everybody from now on')
    .option('--previous <version>', 'what a rollback from it goes to (default: the champion before it)')
    .action(async (reference: string, {champion = false, previous, ...flags}: Flags & AddFlags) => {
      const options = {...(await signing(flags)), ...(previous !== undefined && {previous})};
      report(await addVersion(reference, champion, options), flags);
    });
  verb('remove <reference>', 'name MODEL@VERSION no more, so that kedge gc can free its files').action(
    (reference: string, flags: Flags) => edit({kind: 'remove', ...parseReference(reference)}, flags),
  );
  verb('start <experiment>', 'start an experiment that a JSON file describes').action(
    async (file: string, flags: Flags) =>
      edit({kind: 'start', experiment: await readInputJson(file, 'EXPERIMENT')}, flags),
  );
  verb(
    'weights <experiment> <shares...>',
    'move weights: ARM=SHARE of 10 000 each; unassigned=SHARE is the part in no arm',
  ).action((experiment: string, shares: string[], flags: Flags) =>
    edit({kind: 'weights', experiment, weights: parseShares(shares)}, flags),
  );
  verb('promote <experiment> <arm>', 'make an arm’s version champion and stop the experiment').action(
    (experiment: string, arm: string, flags: Flags) => edit({kind: 'promote', experiment, arm}, flags),
  );
  verb('rollback <model>', 'back to the champion before this one')
    .option('--to <version>', 'to this version instead')
    .action((model: string, {to, ...flags}: Flags & {to?: string}) =>
      edit({kind: 'rollback', model, ...(to !== undefined && {to})}, flags),
    );
  verb('revoke <reference>', 'never serve MODEL@VERSION again').action((reference: string, flags: Flags) =>
    edit({kind: 'revoke', ...parseReference(reference)}, flags),
  );
  verb('kill <model>', 'turn a model off everywhere: only the baseline answers').action((model: string, flags: Flags) =>
    edit({kind: 'enable', model, enabled: false}, flags),
  );
  verb('enable <model>', 'turn it on again').action((model: string, flags: Flags) =>
    edit({kind: 'enable', model, enabled: true}, flags),
  );
  verb('stop <experiment>', 'stop an experiment; its units get the champion').action(
    (experiment: string, flags: Flags) => edit({kind: 'stop', experiment}, flags),
  );
  verb('sign', 'sign again as it is: a new expiry, or other keys').action((flags: Flags) =>
    edit({kind: 'sign'}, flags),
  );
  addShow(release);
}

function withPlace(command: Command): Command {
  return command
    .option('--registry <dir>', 'the registry', 'registry')
    .option('--channel <name>', 'the channel', 'prod')
    .option('--trust <file...>', 'public key that may have signed the release before')
    .option('--json', 'print the result as JSON');
}

function withSigning(command: Command): Command {
  return withPlace(command)
    .option('--key <file...>', 'private key to sign with; several sign together during a rotation')
    .option('--expires <time>', 'until devices refuse it: 12h, 30d', '30d')
    .option(
      '--at-least <n>',
      'the new version of the release at least; after a restored backup, higher than any that devices have seen',
      wholeNumber,
    )
    .option('--dry-run', 'check and show everything, write nothing');
}

async function signing({
  registry,
  channel,
  key = [],
  trust = [],
  expires,
  atLeast,
  dryRun,
}: Flags): Promise<EditOptions> {
  if (key.length === 0)
    throw new CliError('usage', '--key: expected a private key to sign with; make one with: kedge keys new');
  return {
    ...{registry, channel, dryRun: dryRun ?? false},
    privateKeys: await Promise.all(key.map(file => readKey(file, 'private'))),
    trustedKeys: await Promise.all(trust.map(file => readKey(file, 'public'))),
    ...(expires !== undefined && {expiresMs: durationMs(expires, '--expires')}),
    ...(atLeast !== undefined && {atLeast}),
  };
}

async function edit(change: Change, flags: Flags): Promise<void> {
  report(await editRelease(change, await signing(flags)), flags);
}

function report(edited: Edited, {registry, channel, json}: Flags): void {
  createOutput(json ?? false).result(
    edited,
    describeEdit(edited),
    edited.written
      ? `publish the registry folder (devices ask within a minute), or serve it: kedge serve --registry ${registry}; see it: kedge release show --registry ${registry} --channel ${channel}`
      : 'nothing was written; run it without --dry-run',
  );
}

function addShow(release: Command): void {
  withPlace(release.command('show').description('what runs now')).action(async (flags: Flags) => {
    const keys = await Promise.all((flags.trust ?? []).map(file => readKey(file, 'public')));
    const {release: found, signers} = await showRelease(flags.registry, flags.channel, keys);
    const now = new Date();
    const {state} = expiryOf(found, now);
    createOutput(flags.json ?? false).result(
      {release: found, signatureVerified: keys.length > 0, signers, expiry: state},
      `${describeRelease(found, now)}\n${describeSigners(signers, keys.length > 0)}`,
      state === 'fine'
        ? 'change it with kedge release add | start | weights | promote | rollback | revoke | remove | kill | enable | stop | sign'
        : 'sign it again: kedge release sign --key private.json',
    );
  });
}

function describeSigners(signers: readonly string[], checked: boolean): string {
  const by = `signed by ${signers.length > 0 ? signers.join(', ') : 'keys that it does not name'}`;
  return checked ? `${by}: verified` : `${by}: not checked; give --trust public.json`;
}

function parseShares(shares: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    shares.map(text => {
      const [, arm, share] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
      if (arm !== undefined && share !== undefined) return [arm, Number(share)];
      throw new CliError(
        'usage',
        `expected ARM=SHARE with a whole number of 10 000, such as control=9000, got ${JSON.stringify(text)}`,
      );
    }),
  );
}
