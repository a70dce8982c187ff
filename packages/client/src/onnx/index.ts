import type {RuntimeDescriptor} from '../api.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

export interface OnnxOptions {
  /**
   * Execution providers to try, in this order. @default ['wasm', 'webgpu'] as far as the device has them, and WASM with
   * threads, by `threads`
   */
  providers?: readonly ExecutionProvider[];
  /**
   * Of WASM, on a page that is cross-origin isolated; on any other there is one. A number is used without being measured.
   * What `providers` names goes first. @default 'auto': one, two, or as many as the cores up to four, whichever is fastest
   */
  threads?: number | 'auto';
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
    providers: options.providers ?? providersWith(options.threads ?? 'auto'),
  };
}

/** @throws TypeError for what is no number of threads */
function providersWith(threads: number | 'auto'): ExecutionProvider[] {
  if (threads !== 'auto' && !(Number.isInteger(threads) && threads > 0))
    throw new TypeError(`onnx: threads must be 'auto' or a whole number above 0, got ${threads}`);
  // WebKitGTK isolates a page and gives it no memory to share: onnxruntime would have one thread, whatever it is told.
  const canShare = globalThis.crossOriginIsolated && typeof SharedArrayBuffer === 'function';
  const cores = canShare ? navigator.hardwareConcurrency : 1;
  if (cores < 2 || threads === 1) return ['wasm', 'webgpu'];
  if (threads !== 'auto') return [`wasm:${threads}`, 'webgpu'];
  return ['wasm', 'webgpu', ...new Set<ExecutionProvider>(['wasm:2', `wasm:${Math.min(4, cores)}`])];
}
