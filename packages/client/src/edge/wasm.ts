import {answering, placeholder} from '../onnx/answering.js';
import type {OrtModule} from '../onnx/module.js';
import type {OrtSource} from '../onnx/runtime.js';
import {ortWeb} from '../onnx/web.js';
import {remembered} from '../runtime/remembered.js';

/**
 * onnxruntime-web's WebAssembly build, from a module that the platform compiled where code may not be compiled at run time.
 *
 * @param compiled `ort-wasm-simd-threaded.wasm` of the same version; without it onnxruntime-web finds its own file
 */
export function ortFrom(compiled: WebAssembly.Module | undefined): OrtSource {
  const prepared = remembered(async () => prepare(await ortWeb.module('wasm'), compiled));
  return {module: () => prepared('wasm')};
}

function prepare(ort: OrtModule, compiled: WebAssembly.Module | undefined): OrtModule {
  if (!compiled || !ort.env.wasm) return ort;
  ort.env.wasm.wasmBinary = placeholder;
  const {create} = ort.InferenceSession;
  const instance = async (imports: WebAssembly.Imports) => ({
    module: compiled,
    instance: await WebAssembly.instantiate(compiled, imports),
  });
  // Creating the first session starts the runtime.
  return {...ort, InferenceSession: {create: (...args) => answering(instance, () => create(...args))}};
}
