import type {ExecutionProvider} from '../runtime/runtime.js';
import type {OrtModule} from './module.js';
import type {OrtSource} from './runtime.js';

/** Without isolation there are no threads; with them this size of model ran slower on two cores. */
const threads = 1;

async function wasm(): Promise<OrtModule> {
  // Never the default build: it carries the WebGPU machinery and ran twice as slow.
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return ort;
}

async function webgpu(): Promise<OrtModule> {
  const ort =
    'Suspending' in WebAssembly ? await import('onnxruntime-web/jspi') : await import('onnxruntime-web/webgpu');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return ort;
}

async function hasAdapter(): Promise<boolean> {
  try {
    const gpu = (navigator as {gpu?: {requestAdapter(): Promise<unknown>}}).gpu;
    return Boolean(await gpu?.requestAdapter());
  } catch {
    return false;
  }
}

/** onnxruntime-web's builds, fetched only when their provider is tried. */
export const ortWeb: OrtSource = {
  providers: async () => ((await hasAdapter()) ? ['wasm', 'webgpu'] : ['wasm']) satisfies ExecutionProvider[],
  module: provider => (provider === 'webgpu' ? webgpu() : wasm()),
};
