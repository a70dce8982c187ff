import type {Manifest} from '@kedge/core';
import {fromFiles} from './artifacts.js';
import type {GraphModel, LayersModel, TensorInfo, TfjsSource, TfjsTensor} from './module.js';

/** An input or output as the model itself says it. */
export interface FoundTensor {
  /** Undefined in a layers model: it does not keep the names that an app uses. */
  name?: string;
  /** Undefined where a graph does not say. */
  dtype?: string;
  /** Undefined where a graph does not say; a dimension that varies is null. */
  shape?: (number | null)[];
}

/** A graph or layers model behind one form; feeds and answers are in the model's order. */
export interface TfjsModel {
  readonly inputs: readonly FoundTensor[];
  readonly outputs: readonly FoundTensor[];
  run(feeds: readonly TfjsTensor[]): Promise<TfjsTensor[]>;
  dispose(): void;
}

export type TfjsVersion = Pick<Manifest, 'model' | 'version' | 'format' | 'entry'>;

/** Loads it on the backend in force. @throws KedgeError `model_invalid` for its files; what tfjs says of what is in them */
export async function loadModel(
  source: Pick<TfjsSource, 'layers' | 'converter'>,
  version: TfjsVersion,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<TfjsModel> {
  const handler = fromFiles(version, files);
  return version.format === 'tfjs-layers'
    ? layersModel(await (await source.layers()).loadLayersModel(handler))
    : graphModel(await (await source.converter()).loadGraphModel(handler));
}

function layersModel(model: LayersModel): TfjsModel {
  return {
    inputs: model.inputs.map(info => found(info)),
    outputs: model.outputs.map(info => found(info)),
    async run(feeds) {
      // tfjs counts those of the first: it would leave out rows of another, and on WASM make some up.
      if (new Set(feeds.map(({shape}) => shape[0])).size > 1) throw new Error('inputs of unequal numbers of rows');
      // What a layer kept is of another caller's run, or of the golden test.
      model.resetStates();
      return [model.predictOnBatch([...feeds])].flat();
    },
    dispose: () => model.dispose(),
  };
}

function graphModel(model: GraphModel): TfjsModel {
  const named = (infos: readonly TensorInfo[], names: readonly string[]) =>
    infos.flatMap((info, i) => (info.dtype === 'resource' ? [] : [{...found(info), name: names[i]!}]));
  const inputs = named(model.inputs, model.inputNodes);
  const outputs = named(model.outputs, model.outputNodes);
  const wanted = outputs.map(({name}) => name);
  let dynamic = false;
  return {
    inputs,
    outputs,
    async run(feeds) {
      const named = Object.fromEntries(inputs.map(({name}, i) => [name, feeds[i]!]));
      if (!dynamic)
        try {
          return [model.execute(named, wanted)].flat();
        } catch (error) {
          // tfjs says it in words alone: control flow and sizes that depend on values.
          if (!/executeAsync/.test(String(error))) throw error;
          dynamic = true;
        }
      return [await model.executeAsync(named, wanted)].flat();
    },
    dispose: () => model.dispose(),
  };
}

/** In a graph an unknown dimension is -1. */
function found({dtype, shape}: TensorInfo): FoundTensor {
  return {...(dtype && {dtype}), ...(shape && {shape: shape.map(size => (size !== null && size >= 0 ? size : null))})};
}
