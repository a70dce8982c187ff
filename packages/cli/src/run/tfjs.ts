import {type FoundTensor, loadTfjsModel, type Session, tfjsRuntime, type TfjsSource} from '@kedge/client/runtime';
import {type Manifest, toKedgeError} from '@kedge/core';
import {RandomFile} from '../model/random-file.js';
import type {Files, Loadable} from './runtime.js';

type Tfjs = Awaited<ReturnType<TfjsSource['core']>> &
  Awaited<ReturnType<TfjsSource['layers']>> &
  Awaited<ReturnType<TfjsSource['converter']>> & {enableProdMode(): void};

/** The package is optional, so its types are not imported; undefined when it is not installed. */
async function tfjsInNode(): Promise<TfjsSource | undefined> {
  const name = '@tensorflow/tfjs';
  const tf = await import(name).then(
    module => module as Tfjs,
    () => undefined,
  );
  // Without it tfjs prints a plea for its native package over the CLI's own output.
  tf?.enableProdMode();
  return tf && {core: async () => tf, layers: async () => tf, converter: async () => tf};
}

/** Shards of more than 2 GiB too, which Node's `readFile` refuses. */
function readAll(files: Files): Map<string, Uint8Array> {
  return new Map([...files].map(([path, file]) => [path, readWhole(file)]));
}

function readWhole(path: string): Uint8Array {
  using file = new RandomFile(path, 'artifact');
  return file.read(0, file.size);
}

/**
 * A graph or layers model in the client's own adapter, on tfjs's CPU backend: what is measured here is what devices run.
 * Undefined when `@tensorflow/tfjs` is not installed.
 *
 * @throws KedgeError `model_invalid`
 */
export async function openTfjs(loadable: Loadable, files: Files): Promise<Session | undefined> {
  const source = await tfjsInNode();
  // Of a manifest the adapter reads names, entry and tensors only.
  return source && tfjsRuntime(source).load(loadable as Manifest, readAll(files), 'cpu');
}

/** Inputs and outputs in the model's order; undefined when `@tensorflow/tfjs` is not installed. @throws KedgeError `model_invalid` */
export async function askTfjs(
  version: Pick<Loadable, 'model' | 'version' | 'format' | 'entry'>,
  files: Files,
): Promise<{inputs: readonly FoundTensor[]; outputs: readonly FoundTensor[]} | undefined> {
  const source = await tfjsInNode();
  if (!source) return undefined;
  await (await source.core('cpu')).setBackend('cpu');
  try {
    const model = await loadTfjsModel(source, version, readAll(files));
    model.dispose();
    return {inputs: model.inputs, outputs: model.outputs};
  } catch (cause) {
    throw toKedgeError(cause, 'model_invalid', `${version.entry}: tfjs refused it`);
  }
}
