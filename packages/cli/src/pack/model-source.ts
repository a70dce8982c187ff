import {basename, dirname, join} from 'node:path';
import {KedgeError, type Manifest} from '@kedge/core';
import type {InferenceSession} from 'onnxruntime-node';
import {readInput} from '../read-input.js';
import {loadOnnx, onnxVersion} from '../run/onnx.js';
import {layersTensors, shardPaths} from '../run/tfjs.js';
import type {Meta} from './meta.js';
import {type FoundTensor, mergeSpecs, type Specs} from './specs.js';

/** A model as its files say it is. */
export interface ModelSource {
  entry: string;
  /** Every file that the runtime needs, by its path inside the version. */
  files: Map<string, Uint8Array>;
  specs: Specs;
  runtime: Manifest['runtime'];
}

/**
 * Reads a model and what it says about itself.
 *
 * @throws CliError (usage) when a file is missing; KedgeError `model_invalid` or `manifest_invalid`
 */
export async function readModel(file: string, meta: Meta): Promise<ModelSource> {
  return meta.format === 'onnx' ? readOnnx(file, meta) : readTfjs(file, meta);
}

async function readOnnx(file: string, meta: Meta): Promise<ModelSource> {
  const bytes = await readInput(file, 'MODEL');
  const session = await loadOnnx(bytes, file);
  try {
    const found = {inputs: session.inputMetadata.map(describe), outputs: session.outputMetadata.map(describe)};
    const entry = basename(file);
    return {
      entry,
      files: new Map([[entry, bytes]]),
      specs: mergeSpecs(found, meta, file),
      runtime: meta.runtime ?? {package: 'onnxruntime-web', version: onnxVersion},
    };
  } finally {
    await session.release();
  }
}

function describe(value: InferenceSession.ValueMetadata): FoundTensor {
  return value.isTensor
    ? {name: value.name, dtype: value.type, shape: value.shape}
    : {name: value.name, dtype: 'no tensor', shape: []};
}

async function readTfjs(file: string, meta: Meta): Promise<ModelSource> {
  const entry = basename(file);
  const topology = await readInput(file, 'MODEL');
  const files = new Map<string, Uint8Array>([[entry, topology]]);
  for (const path of shardPaths(topology, file)) files.set(path, await readInput(join(dirname(file), path), 'weights'));
  if (!meta.runtime)
    throw new KedgeError(
      'manifest_invalid',
      '--meta: runtime: a tfjs model must say which package and version runs it',
    );
  const found = (meta.format === 'tfjs-layers' ? await layersTensors(entry, files) : undefined) ?? stated(meta, file);
  return {entry, files, specs: mergeSpecs(found, meta, file), runtime: meta.runtime};
}

/** No runtime can be asked: `--meta` must say it all. */
function stated(meta: Meta, file: string): {inputs: FoundTensor[]; outputs: FoundTensor[]} {
  const side = (name: 'inputs' | 'outputs') =>
    Object.entries(meta[name]).map(([key, {shape, dtype}]) => {
      if (shape) return {name: key, dtype: dtype ?? 'float32', shape};
      throw new KedgeError(
        'manifest_invalid',
        `--meta: ${name}.${key}.shape: ${file} can't be asked here (@tensorflow/tfjs is not installed, or this is a graph model); state it`,
      );
    });
  return {inputs: side('inputs'), outputs: side('outputs')};
}
