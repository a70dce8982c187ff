// Never the default build: it carries the WebGPU machinery and starts and runs slower. Static, so that the worker fetches it
// with itself and not after; the other builds come when their provider is tried.
import * as ort from 'onnxruntime-web/wasm';
import {hasAdapter} from '../runtime/adapter.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import type {OrtModule} from './module.js';
import type {OrtSource} from './runtime.js';

/** Unless a provider says otherwise. */
const threads = 1;

function wasm(): OrtModule {
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return ort;
}

const canSuspend = 'Suspending' in WebAssembly;

async function webgpu(): Promise<OrtModule> {
  const gpu = canSuspend ? await import('onnxruntime-web/jspi') : await import('onnxruntime-web/webgpu');
  gpu.env.wasm.numThreads = threads;
  gpu.env.logLevel = 'error';
  return gpu;
}

/** onnxruntime-web's builds. */
export const ortWeb: OrtSource = {
  providers: async () => ((await hasAdapter()) ? ['wasm', 'webgpu'] : ['wasm']) satisfies ExecutionProvider[],
  module: async provider => (provider === 'webgpu' ? webgpu() : wasm()),
  binary: provider => `ort-wasm-simd-threaded${provider === 'webgpu' ? (canSuspend ? '.jspi' : '.asyncify') : ''}.wasm`,
};
