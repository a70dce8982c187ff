// Never the default build: it carries the WebGPU machinery and starts and runs slower. Static, so that the worker fetches it
// with itself and not after; the other builds come when their provider is tried.
import * as ort from 'onnxruntime-web/wasm';
import {hasAdapter} from '../runtime/adapter.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {OrtModule} from './module.js';
import type {OrtSource} from './runtime.js';

/** Unless a provider says otherwise. */
const threads = 1;

const canSuspend = 'Suspending' in WebAssembly;

async function module(provider: ExecutionProvider): Promise<OrtModule> {
  const build =
    provider !== 'webgpu'
      ? ort
      : await (canSuspend ? import('onnxruntime-web/jspi') : import('onnxruntime-web/webgpu'));
  build.env.wasm.numThreads = threads;
  build.env.logLevel = 'error';
  return build;
}

/** onnxruntime-web's builds. */
export const ortWeb: OrtSource = {
  providers: async () => ((await hasAdapter()) ? ['wasm', 'webgpu'] : ['wasm']) satisfies ExecutionProvider[],
  module,
  binary: provider => `ort-wasm-simd-threaded${provider === 'webgpu' ? (canSuspend ? '.jspi' : '.asyncify') : ''}.wasm`,
};
