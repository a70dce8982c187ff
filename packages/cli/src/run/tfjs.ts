import {readFile} from 'node:fs/promises';
import type {Session, Tensors} from '@kedge/client/runtime';
import {KedgeError} from '@kedge/core';
import {parseModelJson} from '../model/tfjs-file.js';
import type {Files, Loadable} from './runtime.js';

/** The part of `@tensorflow/tfjs` that is used; the package is optional, so its types are not imported. */
interface Tfjs {
  enableProdMode(): void;
  setBackend(name: 'cpu'): Promise<boolean>;
  ready(): Promise<void>;
  tensor(data: unknown, shape: readonly number[], dtype: 'float32' | 'int32' | 'bool'): TfTensor;
  loadLayersModel(source: {load(): Promise<object>}): Promise<LayersModel>;
}
interface TensorInfo {
  readonly shape: (number | null)[];
  readonly dtype: string;
}
interface TfTensor {
  readonly shape: number[];
  readonly dtype: string;
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
  dispose(): void;
}
interface LayersModel {
  readonly inputs: TensorInfo[];
  readonly outputs: TensorInfo[];
  predict(inputs: TfTensor[]): TfTensor | TfTensor[];
  dispose(): void;
}

async function loadTfjs(): Promise<Tfjs | undefined> {
  const name = '@tensorflow/tfjs';
  try {
    const tf = (await import(name)) as Tfjs;
    // Without it tfjs prints a plea for its native package over the CLI's own output.
    tf.enableProdMode();
    await tf.setBackend('cpu');
    await tf.ready();
    return tf;
  } catch {
    return undefined;
  }
}

/** @param files where they lie, by path */
async function loadLayers(entry: string, files: Files): Promise<{tf: Tfjs; model: LayersModel} | undefined> {
  const tf = await loadTfjs();
  if (!tf) return undefined;
  try {
    return {tf, model: await tf.loadLayersModel({load: () => layersArtifacts(entry, files)})};
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new KedgeError('model_invalid', `${entry}: expected a tfjs layers model, but tfjs refused it: ${detail}`, {
      cause,
    });
  }
}

/**
 * A layers model on tfjs's CPU backend; undefined when `@tensorflow/tfjs` is not installed.
 * Inputs and outputs are matched by order: a layers model does not keep the names that an app uses.
 *
 * @throws KedgeError `model_invalid`
 */
export async function openLayers(loadable: Loadable, files: Files): Promise<Session | undefined> {
  const loaded = await loadLayers(loadable.entry, files);
  return (
    loaded && {
      run: inputs => run(loaded.tf, loaded.model, loadable, inputs),
      release: async () => loaded.model.dispose(),
    }
  );
}

/** Inputs and outputs in the model's order; undefined when `@tensorflow/tfjs` is not installed. */
export async function layersTensors(entry: string, files: Files) {
  const loaded = await loadLayers(entry, files);
  if (!loaded) return undefined;
  const describe = ({shape, dtype}: TensorInfo) => ({shape, dtype});
  const tensors = {inputs: loaded.model.inputs.map(describe), outputs: loaded.model.outputs.map(describe)};
  loaded.model.dispose();
  return tensors;
}

/** `model.json` and its weight shards as tfjs's `ModelArtifacts`. */
async function layersArtifacts(entry: string, files: Files): Promise<object> {
  const {modelTopology, weightsManifest} = parseModelJson(await readFile(files.get(entry)!), entry);
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1);
  const shards = await Promise.all(
    weightsManifest.flatMap(({paths}) => paths.map(path => readFile(files.get(folder + path)!))),
  );
  return {
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({weights}) => weights),
    weightData: new Uint8Array(Buffer.concat(shards)).buffer,
  };
}

async function run(
  tf: Tfjs,
  model: LayersModel,
  {inputs: specs, outputs: outputSpecs}: Loadable,
  inputs: Tensors,
): Promise<Tensors> {
  const feeds = specs.map(({name}) => {
    const {data, shape, dtype} = inputs[name]!;
    return tf.tensor(data, shape, dtype === 'float32' || dtype === 'bool' ? dtype : 'int32');
  });
  const results = [model.predict(feeds)].flat();
  const outputs: Tensors = {};
  for (const [i, {name, dtype}] of outputSpecs.entries()) {
    const result = results[i];
    if (!result)
      throw new KedgeError(
        'model_invalid',
        `the model has ${results.length} outputs, --meta names ${outputSpecs.length}`,
      );
    outputs[name] = {dtype, shape: result.shape, data: await result.data()};
  }
  for (const tensor of [...feeds, ...results]) tensor.dispose();
  return outputs;
}
