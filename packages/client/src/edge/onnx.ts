import {expose, transferHandlers} from 'comlink';
import type {RuntimeDescriptor} from '../api.js';
import {onnxRuntime} from '../onnx/runtime.js';
import {MemoryStore} from '../store/memory.js';
import {keepErrors} from '../worker/protocol.js';
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
      keepErrors();
      passByReference();
      const [outside, inside] = WireEnd.pair();
      const engine = new InlineEngine(runtime, async () => store);
      expose(engine, inside);
      outside.onEnd = () => void engine.end().catch(() => {});
      // As much of a worker as the client uses.
      return outside as unknown as Worker;
    },
  };
}

/** Callbacks go over the wire as they are: a port of their own, which comlink makes, is not to be had everywhere. */
function passByReference(): void {
  const isProxy = transferHandlers.get('proxy')?.canHandle;
  if (!isProxy) return;
  transferHandlers.set('proxy', {
    canHandle: isProxy,
    serialize: value => [value, []],
    deserialize: (value: unknown) => value,
  });
}
