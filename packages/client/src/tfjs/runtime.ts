import {type Manifest, toKedgeError} from '@kedge/core';
import type {ExecutionProvider, Runtime, Session} from '../runtime/runtime.js';
import {inTurns} from '../runtime/turns.js';
import {bind} from './binding.js';
import {loadModel} from './model.js';
import type {TfjsCore, TfjsSource} from './module.js';
import {isDead, TfjsSession} from './session.js';

/** TensorFlow.js behind the port: in a worker with its packages, in Node with `@tensorflow/tfjs`. */
export function tfjsRuntime(source: TfjsSource): Runtime {
  const turns = inTurns();
  const coreFor = (provider: ExecutionProvider) =>
    source.core(provider).catch((cause: unknown) => {
      throw toKedgeError(cause, 'runtime_unavailable', `tfjs for ${provider} could not be fetched or started`);
    });
  const load = async (manifest: Manifest, files: ReadonlyMap<string, Uint8Array>, provider: ExecutionProvider) => {
    const core = await coreFor(provider);
    const load = () => loadOn(core, provider, source, manifest, files);
    return new TfjsSession(core, await turns(load), turns) satisfies Session;
  };
  return {
    name: 'tfjs',
    version: async provider => (await coreFor(provider)).version_core,
    formats: ['tfjs-graph', 'tfjs-layers'],
    providers: source.providers,
    warm: async provider => {
      await coreFor(provider);
      return undefined;
    },
    load,
  };
}

async function loadOn(
  core: TfjsCore,
  provider: ExecutionProvider,
  source: TfjsSource,
  manifest: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
) {
  try {
    await core.setBackend(provider);
    const model = await loadModel(source, manifest, files);
    try {
      return {model, binding: bind(manifest, model), backend: provider};
    } catch (error) {
      model.dispose();
      throw error;
    }
  } catch (cause) {
    throw toKedgeError(
      cause,
      isDead(cause) ? 'runtime_unavailable' : 'model_invalid',
      `${manifest.model} ${manifest.version} (${manifest.entry}) on ${provider}`,
    );
  }
}
