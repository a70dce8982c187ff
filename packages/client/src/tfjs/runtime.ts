import {toKedgeError} from '@kedge/core';
import type {ExecutionProvider, Runtime} from '../runtime/runtime.js';
import {inTurns} from '../runtime/turns.js';
import {later} from '../worker/later.js';
import type {TfjsSource} from './module.js';

const modelFile = () => later('tfjs-model', import('../tfjs-model.js'));

/** TensorFlow.js behind the port: in a worker with its packages, in Node with `@tensorflow/tfjs`. */
export function tfjsRuntime(source: TfjsSource): Runtime {
  const patience = {hangMs: 0};
  const turns = inTurns(patience);
  const coreFor = (provider: ExecutionProvider) => {
    // Comes while the packages do; where it does not, loading a model says so.
    modelFile().catch(() => {});
    return source.core(provider).catch((cause: unknown) => {
      throw toKedgeError(cause, 'runtime_unavailable', `tfjs for ${provider} could not be fetched or started`);
    });
  };
  return {
    name: 'tfjs',
    patience,
    version: async provider => (await coreFor(provider)).version_core,
    formats: ['tfjs-graph', 'tfjs-layers'],
    warm: async provider => {
      await coreFor(provider);
      return undefined;
    },
    load: async (manifest, files, provider) => {
      const core = await coreFor(provider);
      const {openModel} = await modelFile();
      return openModel({core, provider, source, turns}, manifest, files);
    },
  };
}
