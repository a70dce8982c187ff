import type {RuntimeDescriptor} from '../api.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

export interface OnnxOptions {
  /** Execution providers to try, in this order. @default ['wasm', 'webgpu'] as far as the device has them */
  providers?: readonly ExecutionProvider[];
  /** How the worker is started, for bundlers that can't follow `new URL(…, import.meta.url)`. */
  createWorker?(): Worker;
}

/** ONNX models through the optional peer `onnxruntime-web`. */
export function onnx(options: OnnxOptions = {}): RuntimeDescriptor {
  return {
    name: 'onnx',
    formats: ['onnx'],
    createWorker:
      options.createWorker ??
      (() => new Worker(new URL('./onnx-worker.js', import.meta.url), {type: 'module', name: 'kedge-onnx'})),
    ...(options.providers && {providers: options.providers}),
  };
}
