import type {Manifest} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';

/** A runtime as a program outside of browsers names it; it runs in a thread. */
export interface ThreadRuntime {
  readonly name: string;
  readonly formats: readonly Manifest['format'][];
  readonly providers: readonly ExecutionProvider[];
  /** The module that its thread runs. */
  readonly file: URL;
}

/** ONNX models through the optional peer `onnxruntime-node`: native code, in Node and Bun. */
export function onnx(): ThreadRuntime {
  return {name: 'onnx', formats: ['onnx'], providers: ['cpu'], file: new URL('./worker.js', import.meta.url)};
}

/** ONNX models through the optional peer `onnxruntime-web`: WebAssembly, wherever there are `node:worker_threads`. */
export function onnxWeb(): ThreadRuntime {
  return {name: 'onnx', formats: ['onnx'], providers: ['wasm'], file: new URL('./web-worker.js', import.meta.url)};
}
