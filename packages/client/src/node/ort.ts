import type {OrtModule, OrtSession} from '../onnx/module.js';
import type {OrtSource} from '../onnx/runtime.js';
import {nativeTurn} from './native.js';

/** onnxruntime-node, on the processor. Like the one below it comes from the app's own packages, and takes no binary from the store. */
export const ortNode: OrtSource = {
  module: async () => inTurns(await nativeTurn(() => import('onnxruntime-node'))),
};

function inTurns(ort: OrtModule): OrtModule {
  const {InferenceSession, Tensor, env} = ort;
  const create: typeof InferenceSession.create = async (...args) => {
    const session = await nativeTurn(() => InferenceSession.create(...args));
    return {
      run: (...args) => nativeTurn(() => session.run(...args)),
      release: () => nativeTurn(() => session.release()),
    } satisfies OrtSession;
  };
  return {InferenceSession: {create}, Tensor, env};
}

/** onnxruntime-web's WebAssembly build. */
export const ortWasm: OrtSource = {
  module: async () => {
    // Deno gives threads the `location` of their file, against whose origin, `null`, onnxruntime-web can't resolve its own.
    Reflect.deleteProperty(globalThis, 'location');
    const {ortWeb} = await import('../onnx/web.js');
    return ortWeb.module('wasm');
  },
};
