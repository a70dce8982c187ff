import type {OrtSource} from '../onnx/runtime.js';

/** onnxruntime-node, on the processor. Like the one below it comes from the app's own packages, and takes no binary from the store. */
export const ortNode: OrtSource = {
  module: () => import('onnxruntime-node'),
};

/** onnxruntime-web's WebAssembly build. */
export const ortWasm: OrtSource = {
  module: async () => {
    // Deno gives threads the `location` of their file, against whose origin, `null`, onnxruntime-web can't resolve its own.
    Reflect.deleteProperty(globalThis, 'location');
    const {ortWeb} = await import('../onnx/web.js');
    return ortWeb.module('wasm');
  },
};
