import type {OrtModule, OrtSession} from '../onnx/module.js';
import type {OrtSource} from '../onnx/runtime.js';
import {nativeTurn} from './native.js';

/** onnxruntime-node, on the processor. Like the one below it comes from the app's own packages, and takes no binary from the store. */
export const ortNode: OrtSource = {
  module: async () => inTurns(ofBits(await nativeTurn(() => import('onnxruntime-node')))),
};

/**
 * Its native code takes the bits of float16, and finds an array of float16 empty. Whether JavaScript has such arrays it looks at
 * the first tensor.
 */
function ofBits(ort: OrtModule): OrtModule {
  const float16 = Object.getOwnPropertyDescriptor(globalThis, 'Float16Array');
  Reflect.deleteProperty(globalThis, 'Float16Array');
  try {
    new ort.Tensor('bool' as never, Uint8Array.of(1) as never, [1]);
  } finally {
    if (float16) Object.defineProperty(globalThis, 'Float16Array', float16);
  }
  return ort;
}

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
