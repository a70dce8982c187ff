import {Name, Semver} from '@kedge/core';
import {type Command, Option} from 'commander';
import type {Packed, PackOptions} from '../pack/pack-model.js';
import type {RuntimeFiles} from '../pack/runtime-files.js';
import type {Update} from '../pack/updates.js';
import {CliError} from '../exit.js';
import {referenceOf} from '../registry/read.js';
import {bytesText, createOutput, percentText} from './output.js';
import {addValidation, type ValidationFlags, validationOf} from './validation.js';

interface Flags extends ValidationFlags {
  name: string;
  version: string;
  variant?: string;
  meta: string;
  registry: string;
  format?: 'onnx' | 'tfjs-layers' | 'tfjs-graph';
  from?: string[];
  runtimeFiles?: RuntimeFiles | false;
  runtimeDir?: string;
  run: boolean;
  json?: true;
}

export function addPack(program: Command): void {
  const command = program
    .command('pack')
    .description('write a model version into a registry: chunks, golden vectors, drift reference, patches, manifest')
    .argument('<model>', 'an ONNX file, or the model.json of a TensorFlow.js model')
    .requiredOption('--name <name>', 'the model that this is a version of', checked('--name', Name))
    .requiredOption('--version <semver>', 'the version; once released it never changes', checked('--version', Semver))
    .option('--variant <name>', 'a smaller form of that version, such as int8', checked('--variant', Name))
    .requiredOption('--meta <file>', 'what does not follow from the model file: task, classes, units, lineage, card')
    .option('--registry <dir>', 'the registry to write into', 'registry')
    .addOption(
      new Option('--format <format>', 'overrides the one in --meta').choices(['onnx', 'tfjs-layers', 'tfjs-graph']),
    )
    .option('--from <version>', 'make patches from this older version, or address; may be given often', listed)
    .addOption(
      new Option('--runtime-files <which>', 'which binaries of the runtime to pin: wasm, or all').choices([
        'wasm',
        'all',
      ]),
    )
    .option('--no-runtime-files', 'pin no binaries of the runtime')
    .option('--runtime-dir <dir>', 'the runtime’s package; default: as resolved from this folder')
    .option('--no-run', 'do not load the model here, not even to ask whether it can be')
    .option('--json', 'print the result as JSON');
  addValidation(command).action(async (model: string, flags: Flags) => {
    const output = createOutput(flags.json ?? false);
    // Here, not above: only this command needs to wait for onnxruntime to load.
    const {packModel} = await import('../pack/pack-model.js');
    const packed = await packModel({...optionsOf(model, flags), onProgress: output.progress});
    const {manifest, ...summary} = packed;
    const reference = referenceOf(manifest);
    output.result(
      {
        ...summary,
        ...{model: flags.name, version: flags.version, variant: flags.variant, expected: manifest.expected},
        ...{golden: manifest.golden.length, artifacts: manifest.artifacts, runtime: manifest.runtime},
      },
      describe(packed),
      `check it with kedge verify ${reference} --registry ${flags.registry}, then release it: kedge release add ${flags.name}@${flags.version} --registry ${flags.registry} --key private.json`,
    );
  });
}

/** Before the model is read and run for it. */
const checked = (flag: string, schema: typeof Name) => (text: string) => {
  const {success, error} = schema.safeParse(text);
  if (success) return text;
  throw new CliError('usage', `${flag}: ${error.issues[0]!.message}, got ${JSON.stringify(text)}`);
};

const listed = (one: string, before: string[] = []) => [...before, one];

function optionsOf(model: string, flags: Flags): PackOptions {
  const {name, version, variant, meta, registry, format, limit, from, runtimeFiles, runtimeDir, run} = flags;
  const validation = validationOf(flags);
  return {
    ...{model, name, version, meta, registry, run},
    ...(runtimeFiles !== undefined && {runtimeFiles}),
    ...(variant !== undefined && {variant}),
    ...(format && {format}),
    ...(from && {from}),
    ...(runtimeDir !== undefined && {runtimeDir}),
    ...(limit !== undefined && {limit}),
    ...(validation && {validation}),
  };
}

function describe({address, manifest, bytes, chunks, reusedBytes, updates, notes}: Packed): string {
  const {golden, expected, artifacts, runtime} = manifest;
  const files = artifacts.map(
    ({path, bytes: size, chunks: {length}}) => `  ${path}  ${bytesText(size)}, ${length} chunks`,
  );
  const accuracy = expected?.accuracy === undefined ? [] : [`accuracy ${percentText(expected.accuracy)}`];
  const metrics = Object.entries(expected?.metrics ?? {}).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return [
    `Packed ${referenceOf(manifest)} as ${address}`,
    ...files,
    `  ${bytesText(bytes)} in ${chunks} chunks; other versions have ${percentText(bytes ? reusedBytes / bytes : 0)} of it (${bytesText(reusedBytes)})`,
    ...(expected
      ? [
          `  ${[...accuracy, ...metrics].join(', ')} on ${expected.dataset.examples} examples of ${expected.dataset.name}`,
        ]
      : []),
    ...(golden.length > 0 ? [`  ${golden.length} golden vectors`] : []),
    ...(runtime.files ?? []).map(
      ({path, bytes: size}) => `  ${runtime.package} ${runtime.version} ${path}  ${bytesText(size)}`,
    ),
    ...updates.map(describeUpdate),
    ...notes.map(note => `  note: ${note}`),
  ].join('\n');
}

function describeUpdate({from, bytes, missingBytes, fetchedBytes, patches}: Update): string {
  const share = (part: number) => `${bytesText(part)}, ${percentText(bytes ? part / bytes : 0)}`;
  const by = patches.length > 0 ? `with patches ${share(fetchedBytes)}` : 'no patch saves a tenth of that';
  return `  from ${from}: ${bytesText(bytes)} whole; missing chunks ${share(missingBytes)}; ${by}`;
}
