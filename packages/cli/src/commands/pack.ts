import {type Command, Option} from 'commander';
import type {Packed} from '../pack/pack-model.js';
import {bytesText, createOutput, percentText} from './output.js';
import {addValidation, type ValidationFlags, validationOf} from './validation.js';

interface Flags extends ValidationFlags {
  name: string;
  version: string;
  meta: string;
  registry: string;
  format?: 'onnx' | 'tfjs-layers' | 'tfjs-graph';
  json?: true;
}

export function addPack(program: Command): void {
  const command = program
    .command('pack')
    .description('write a model version into a registry: chunks, golden vectors, drift reference, manifest')
    .argument('<model>', 'an ONNX file, or the model.json of a TensorFlow.js model')
    .requiredOption('--name <name>', 'the model that this is a version of')
    .requiredOption('--version <semver>', 'the version; once released it never changes')
    .requiredOption('--meta <file>', 'what does not follow from the model file: task, classes, units, lineage, card')
    .option('--registry <dir>', 'the registry to write into', 'registry')
    .addOption(
      new Option('--format <format>', 'overrides the one in --meta').choices(['onnx', 'tfjs-layers', 'tfjs-graph']),
    )
    .option('--json', 'print the result as JSON');
  addValidation(command).action(async (model: string, flags: Flags) => {
    const output = createOutput(flags.json ?? false);
    const {name, version, meta, registry, format, limit} = flags;
    const validation = validationOf(flags);
    // Here, not above: only this command needs to wait for onnxruntime to load.
    const {packModel} = await import('../pack/pack-model.js');
    const packed = await packModel({
      ...{model, name, version, meta, registry, onProgress: output.progress},
      ...(format && {format}),
      ...(limit !== undefined && {limit}),
      ...(validation && {validation}),
    });
    const {manifest, ...summary} = packed;
    output.result(
      {
        ...summary,
        model: name,
        version,
        expected: manifest.expected,
        golden: manifest.golden.length,
        artifacts: manifest.artifacts,
      },
      describe(packed),
      `check it with kedge verify ${name}@${version} --registry ${registry}, then release it: kedge release add ${name}@${version} --registry ${registry} --key private.json`,
    );
  });
}

function describe({address, manifest, bytes, chunks, reusedBytes, notes}: Packed): string {
  const {model, version, golden, expected, artifacts} = manifest;
  const files = artifacts.map(
    ({path, bytes: size, chunks: {length}}) => `  ${path}  ${bytesText(size)}, ${length} chunks`,
  );
  const accuracy = expected?.accuracy === undefined ? [] : [`accuracy ${percentText(expected.accuracy)}`];
  const metrics = Object.entries(expected?.metrics ?? {}).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return [
    `Packed ${model}@${version} as ${address}`,
    ...files,
    `  ${bytesText(bytes)} in ${chunks} chunks; other versions have ${percentText(bytes ? reusedBytes / bytes : 0)} of it (${bytesText(reusedBytes)})`,
    ...(expected
      ? [
          `  ${[...accuracy, ...metrics].join(', ')} on ${expected.dataset.examples} examples of ${expected.dataset.name}`,
        ]
      : []),
    ...(golden.length > 0 ? [`  ${golden.length} golden vectors`] : []),
    ...notes.map(note => `  note: ${note}`),
  ].join('\n');
}
