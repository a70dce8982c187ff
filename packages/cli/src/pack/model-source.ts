import {stat} from 'node:fs/promises';
import {basename} from 'node:path';
import {KedgeError, type Manifest} from '@kedge/core';
import {besideModel} from '../model/beside.js';
import {type OnnxFile, readOnnxFile} from '../model/onnx-file.js';
import type {OnnxValue} from '../model/onnx-value.js';
import {onnxPlaces} from '../model/places.js';
import {RandomFile} from '../model/random-file.js';
import type {TensorPlace} from '../model/tensor-place.js';
import {parseModelJson, shardPaths, tfjsTensors} from '../model/tfjs-file.js';
import {readInput} from '../read-input.js';
import {onnxTensors, onnxVersion} from '../run/onnx.js';
import {askTfjs} from '../run/tfjs.js';
import type {Meta, TensorMeta} from './meta.js';
import {type FoundTensor, mergeSpecs, type Specs} from './specs.js';

/** A model as its files say it is. */
export interface ModelSource {
  entry: string;
  /** Where every file that the runtime needs lies here, by its path inside the version. */
  files: Map<string, string>;
  tensors: TensorPlace[];
  specs: Specs;
  runtime: Manifest['runtime'];
  /** What was not asked, and why. */
  notes: string[];
}

/** What is larger is not loaded only to be asked what its file, or its author, says as well. */
const defaultMaxBytes = 2 ** 30;

/**
 * Reads a model and what it says about itself.
 *
 * @param run false: no runtime is asked whether it can load the model
 * @param maxBytes of all its files: of a larger one neither
 * @throws CliError (usage) when a file is missing; KedgeError `model_invalid` or `manifest_invalid`
 */
export async function readModel(
  file: string,
  meta: Meta,
  run: boolean,
  maxBytes = defaultMaxBytes,
): Promise<ModelSource> {
  const read = meta.format === 'onnx' ? readOnnx : readTfjs;
  return read(file, meta, sizes => whyUnasked(run, totalOf(sizes), maxBytes));
}

/** Why no runtime is asked to load files of these sizes; undefined when one is. */
type WhyUnasked = (sizes: ReadonlyMap<string, number>) => string | undefined;

const totalOf = (sizes: ReadonlyMap<string, number>) => [...sizes.values()].reduce((sum, size) => sum + size, 0);

function whyUnasked(run: boolean, bytes: number, maxBytes: number): string | undefined {
  if (!run) return '--no-run';
  return bytes > maxBytes ? `${bytes} bytes` : undefined;
}

async function readOnnx(file: string, meta: Meta, whyNot: WhyUnasked): Promise<ModelSource> {
  const entry = basename(file);
  const walked = walk(file);
  const files = new Map([[entry, file]]);
  for (const location of new Set(walked.tensors.flatMap(tensor => tensor.location ?? []))) {
    const beside = await besideModel(file, location, 'external data');
    files.set(beside.path, beside.file);
  }
  const sizes = await sizesOf(files);
  const tensors = onnxPlaces(walked, entry, sizes);
  const why = whyNot(sizes);
  const asked = why === undefined ? await onnxTensors(file, totalOf(sizes)) : undefined;
  const found = (side: 'inputs' | 'outputs') =>
    completed(asked ? asked[side].map(tensor => asFound(tensor, walked[side])) : walked[side], meta[side], file);
  return {
    ...{entry, files, tensors, specs: mergeSpecs({inputs: found('inputs'), outputs: found('outputs')}, meta, file)},
    runtime: meta.runtime ?? {package: 'onnxruntime-web', version: onnxVersion},
    notes:
      why === undefined
        ? []
        : [`onnxruntime was not asked to load it (${why}): inputs and outputs are as its file states them`],
  };
}

/** onnxruntime says of a shape that it does not know, or that the file contradicts, that it has no dimensions. */
function asFound(tensor: FoundTensor, walked: readonly OnnxValue[]): Found {
  const {shape, ...rest} = tensor;
  const isScalar = walked.find(({name}) => name === tensor.name)?.shape?.length === 0;
  return shape.length > 0 || isScalar ? tensor : rest;
}

function walk(file: string): OnnxFile {
  using model = new RandomFile(file, 'MODEL');
  return readOnnxFile(model);
}

async function sizesOf(files: ReadonlyMap<string, string>): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const [path, file] of files) sizes.set(path, (await stat(file)).size);
  return sizes;
}

async function readTfjs(file: string, meta: Meta, whyNot: WhyUnasked): Promise<ModelSource> {
  const entry = basename(file);
  const model = parseModelJson(await readInput(file, 'MODEL'), file);
  const files = await tfjsFiles(file, entry, shardPaths(model));
  if (!meta.runtime)
    throw new KedgeError(
      'manifest_invalid',
      '--meta: runtime: a tfjs model must say which package and version runs it',
    );
  const sizes = await sizesOf(files);
  const tensors = tfjsTensors(model, sizes);
  const version = {model: file, version: '', format: meta.format, entry};
  const whyAlready = whyNot(sizes);
  const asked = whyAlready === undefined ? await askTfjs(version, files) : undefined;
  const why = whyAlready ?? '@tensorflow/tfjs is not installed';
  const found = asked
    ? {inputs: completed(asked.inputs, meta.inputs, file), outputs: completed(asked.outputs, meta.outputs, file)}
    : stated(meta, file, why);
  return {
    ...{entry, files, tensors, specs: mergeSpecs(found, meta, file), runtime: meta.runtime},
    notes: asked ? [] : [`tfjs was not asked to load it (${why}): inputs and outputs are as --meta states them`],
  };
}

async function tfjsFiles(file: string, entry: string, shards: readonly string[]): Promise<Map<string, string>> {
  const files = new Map([[entry, file]]);
  for (const shard of shards) {
    const beside = await besideModel(file, shard, 'weights');
    // The runtime looks for it under the name that the model gives it.
    if (beside.path !== shard)
      throw new KedgeError(
        'model_invalid',
        `${file}: weights ${JSON.stringify(shard)}: expected ${JSON.stringify(beside.path)}, as devices look for it; change it in the file, or convert the model again`,
      );
    files.set(beside.path, beside.file);
  }
  return files;
}

/** A tensor as far as it is known. */
type Found = Partial<FoundTensor>;

/** A model often leaves out what its outputs are; running it tells whether `--meta` is right about them. */
function completed(asked: readonly Found[], metas: Record<string, TensorMeta>, file: string): FoundTensor[] {
  return asked.map(({name, dtype, shape}) => {
    const meta = name === undefined ? undefined : metas[name];
    // What is no tensor is refused for that.
    const known = shape ?? meta?.shape ?? (dtype === 'no tensor' ? [] : undefined);
    if (known) return {...(name !== undefined && {name}), dtype: dtype ?? meta?.dtype ?? 'float32', shape: known};
    throw new KedgeError('manifest_invalid', `--meta: ${name}.shape: ${file} does not say it; state it`);
  });
}

/** No runtime can be asked: `--meta` must say it all. */
function stated(meta: Meta, file: string, why: string): {inputs: FoundTensor[]; outputs: FoundTensor[]} {
  const side = (name: 'inputs' | 'outputs') =>
    Object.entries(meta[name]).map(([key, {shape, dtype}]) => {
      if (shape) return {name: key, dtype: dtype ?? 'float32', shape};
      throw new KedgeError(
        'manifest_invalid',
        `--meta: ${name}.${key}.shape: ${file} is not asked here (${why}); state it`,
      );
    });
  return {inputs: side('inputs'), outputs: side('outputs')};
}
