// The worker of apps, to which the page hands the runtime's binary: fetched anew by each worker of the tests, its 14 MB
// took longer than all else in a start.
import * as ort from 'onnxruntime-web/wasm';
import {onnxRuntime} from '../src/onnx/runtime.js';
import {ortWeb} from '../src/onnx/web.js';
import {serveWorker} from '../src/worker/serve.js';

const binary = new Promise<ArrayBuffer>(resolve => {
  const first = (event: MessageEvent<ArrayBuffer>) => {
    event.stopImmediatePropagation();
    resolve(event.data);
  };
  self.addEventListener('message', first, {once: true});
});

serveWorker(
  onnxRuntime({
    ...ortWeb,
    module: async provider => {
      ort.env.wasm.wasmBinary = await binary;
      return ortWeb.module(provider);
    },
  }),
);
