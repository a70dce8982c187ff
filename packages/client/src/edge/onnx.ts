import type {RuntimeDescriptor} from '../api.js';
import {onnxRuntime} from '../onnx/runtime.js';
import {MemoryStore} from '../store/memory.js';
import {serve} from '../worker/serve.js';
import {InlineEngine} from './engine.js';
import {ortFrom} from './wasm.js';
import {WireEnd} from './wire.js';

export interface EdgeOnnxOptions {
  /** `ort-wasm-simd-threaded.wasm` as the platform compiled it, where it compiles nothing at run time. @default onnxruntime-web fetches and compiles its own file */
  wasm?: WebAssembly.Module;
}

/** ONNX models through the optional peer `onnxruntime-web`, in the caller's own thread; versions in memory, for as long as this descriptor lives. */
export function onnx({wasm}: EdgeOnnxOptions = {}): RuntimeDescriptor {
  const runtime = onnxRuntime(ortFrom(wasm));
  const store = new MemoryStore();
  return {
    name: 'onnx',
    formats: ['onnx'],
    providers: ['wasm'],
    createWorker() {
      const [outside, inside] = WireEnd.pair();
      serve(tell => {
        const engine = new InlineEngine(runtime, tell, async () => store);
        outside.onEnd = () => void engine.end().catch(() => {});
        return engine;
      }, inside);
      // As much of a worker as the client uses.
      return outside as unknown as Worker;
    },
  };
}
