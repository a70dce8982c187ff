import type {Command} from 'commander';
import {CliError, exitCodes} from '../exit.js';
import type {Verified} from '../verify/verify-version.js';
import {bytesText, createOutput, percentText} from './output.js';
import {addValidation, type ValidationFlags, validationOf} from './validation.js';

interface Flags extends ValidationFlags {
  registry: string;
  minAccuracy?: number;
  champion?: string;
  margin: number;
  run: boolean;
  json?: true;
}

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('check a packed version: digests, golden vectors, accuracy, and whether it is worse than the champion')
    .argument('<reference>', 'MODEL@VERSION, or a manifest’s address')
    .option('--registry <dir>', 'the registry', 'registry')
    .option('--min-accuracy <share>', 'fail below this accuracy, 0 to 1', share)
    .option('--champion <reference>', 'fail when worse than this version on the same examples')
    .option('--margin <share>', 'largest accepted loss against the champion', share, 0.005)
    .option('--no-run', 'check digests and patches only')
    .option('--json', 'print the result as JSON');
  addValidation(command).action(async (reference: string, flags: Flags) => {
    const output = createOutput(flags.json ?? false);
    const {registry, minAccuracy, champion, margin, limit, run} = flags;
    const validation = validationOf(flags);
    // Here, not above: only this command needs to wait for onnxruntime to load.
    const {verifyVersion} = await import('../verify/verify-version.js');
    const verified = await verifyVersion({
      ...{reference, registry, margin, run, onProgress: output.progress},
      ...(validation && {validation}),
      ...(limit !== undefined && {limit}),
      ...(minAccuracy !== undefined && {minAccuracy}),
      ...(champion !== undefined && {champion}),
    });
    const passed = verified.failures.length === 0;
    output.result(
      verified,
      describe(verified),
      passed
        ? `release it: kedge release add ${verified.model}@${verified.version} --registry ${registry} --key private.json`
        : 'do not release it; train again, or change what you ask of it',
    );
    if (!passed) process.exitCode = exitCodes.failed;
  });
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new CliError('usage', `expected a share from 0 to 1, got ${JSON.stringify(text)}`);
}

function describe(verified: Verified): string {
  const {model, version, address, bytes, chunks, golden, score, champion, failures, notes} = verified;
  const metrics = Object.entries(score?.metrics ?? {}).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const accuracy = score?.accuracy === undefined ? [] : [`accuracy ${percentText(score.accuracy)}`];
  return [
    `${failures.length > 0 ? 'FAILED' : 'Verified'} ${model}@${version} (${address})`,
    `  ${bytesText(bytes)} in ${chunks} chunks: every digest holds`,
    ...(golden > 0 ? [`  ${golden} golden vectors reproduced`] : []),
    ...(score ? [`  ${[...accuracy, ...metrics].join(', ')} on ${score.examples} examples`] : []),
    ...(champion ? [describeChampion(champion)] : []),
    ...notes.map(note => `  note: ${note}`),
    ...failures.map(failure => `  FAILED: ${failure}`),
  ].join('\n');
}

function describeChampion({version, accuracy, paired}: NonNullable<Verified['champion']>): string {
  const {bothRight, onlyThisRight, onlyChampionRight, neitherRight, pValue} = paired;
  return (
    `  champion ${version}: accuracy ${percentText(accuracy)} on the same ${paired.examples} examples; ` +
    `both right ${bothRight}, only this ${onlyThisRight}, only the champion ${onlyChampionRight}, neither ${neitherRight} ` +
    `(McNemar p ${pValue < 1e-4 ? pValue.toExponential(1) : pValue.toFixed(4)})`
  );
}
