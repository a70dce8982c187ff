import type {OrtModule} from '../onnx/module.js';
import type {OrtSource} from '../onnx/runtime.js';
import {ortWeb} from '../onnx/web.js';
import {remembered} from '../runtime/remembered.js';

/** Eight bytes that no module begins with: they stand for the one that is there already. */
const placeholder = new Uint8Array(8).buffer;

/**
 * onnxruntime-web's WebAssembly build, from a module that the platform compiled where code may not be compiled at run time.
 *
 * onnxruntime-web takes bytes only and has no hook for a module, so its one call of `WebAssembly.instantiate` is answered.
 *
 * @param compiled `ort-wasm-simd-threaded.wasm` of the same version; without it onnxruntime-web finds its own file
 */
export function ortFrom(compiled: WebAssembly.Module | undefined): OrtSource {
  const prepared = remembered(async () => prepare(await ortWeb.module('wasm'), compiled));
  return {providers: async () => ['wasm'], module: () => prepared('wasm')};
}

function prepare(ort: OrtModule, compiled: WebAssembly.Module | undefined): OrtModule {
  if (!compiled || !ort.env.wasm) return ort;
  ort.env.wasm.wasmBinary = placeholder;
  const {create} = ort.InferenceSession;
  return {...ort, InferenceSession: {create: (...args) => answering(compiled, () => create(...args))}};
}

/** Creating the first session starts the runtime. */
async function answering<T>(compiled: WebAssembly.Module, work: () => Promise<T>): Promise<T> {
  const {instantiate} = WebAssembly;
  const answer = async (source: BufferSource | WebAssembly.Module, imports: WebAssembly.Imports) => {
    if (source !== placeholder && (source as Uint8Array).buffer !== placeholder)
      return instantiate(source as BufferSource, imports);
    return {module: compiled, instance: await instantiate(compiled, imports)};
  };
  Object.assign(WebAssembly, {instantiate: answer});
  try {
    return await work();
  } finally {
    Object.assign(WebAssembly, {instantiate});
  }
}
