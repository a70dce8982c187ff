import type {OrtModule} from '../src/onnx/module.js';
import type {OrtSource} from '../src/onnx/runtime.js';
import {ortWeb} from '../src/onnx/web.js';
import type {Binaries} from './binaries.js';

const given = new Promise<Binaries>(resolve => {
  const first = (event: MessageEvent<Binaries>) => {
    event.stopImmediatePropagation();
    resolve(event.data);
  };
  self.addEventListener('message', first, {once: true});
});

/** For workers to which the page hands onnxruntime-web's binaries, before all else: see binaries.ts. */
export const ortGiven: OrtSource = {
  ...ortWeb,
  module: async provider => {
    const binary = (await given)[provider === 'webgpu' ? 'webgpu' : 'wasm'];
    const ort: OrtModule = await ortWeb.module(provider);
    if (binary) ort.env.wasm!.wasmBinary = binary;
    return ort;
  },
};
