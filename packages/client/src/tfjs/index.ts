import type {RuntimeDescriptor} from '../api.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

export interface TfjsOptions {
  /** Execution providers to try, in this order. @default ['wasm', 'webgpu', 'cpu'] as far as the device has them */
  providers?: readonly ExecutionProvider[];
  /** How the worker is started, for bundlers that can't follow `new URL(…, import.meta.url)`. */
  createWorker?(): Worker;
}

/** Graph and layers models of TensorFlow.js, through the optional peers `@tensorflow/tfjs-*`. */
export function tfjs({providers = ['wasm', 'webgpu', 'cpu'], createWorker}: TfjsOptions = {}): RuntimeDescriptor {
  return {
    name: 'tfjs',
    formats: ['tfjs-graph', 'tfjs-layers'],
    createWorker:
      createWorker ??
      (() => new Worker(new URL('./tfjs-worker.js', import.meta.url), {type: 'module', name: 'kedge-tfjs'})),
    providers,
  };
}
