import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';

// What an engineer writes by hand, for the same: the model's files, a layers model, one run, and the model is disposed of.
tf.enableProdMode();
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
setWasmPaths({
  'tfjs-backend-wasm.wasm': new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url).href,
  'tfjs-backend-wasm-simd.wasm': new URL(
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    import.meta.url,
  ).href,
  'tfjs-backend-wasm-threaded-simd.wasm': new URL(
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
    import.meta.url,
  ).href,
});

/** Fetched once: the browser keeps what is fetched for whoever drives it. @type {Promise<[Blob, Blob]> | undefined} */
let files;

const blobOf = (/** @type {string} */ url) => fetch(url).then(answer => answer.blob());

async function load() {
  const [json, weights] = await /** @type {Promise<[Blob, Blob]>} */ (files);
  const {modelTopology, weightsManifest} = JSON.parse(await json.text());
  const weightSpecs = weightsManifest.flatMap((/** @type {{weights: object[]}} */ group) => group.weights);
  return loadLayersModel(tf.io.fromMemory({modelTopology, weightSpecs, weightData: await weights.arrayBuffer()}));
}

/** @param {{url: string, weights: string, data: Float32Array, shape: number[]}} asked */
async function answerOnce({url, weights, data, shape}) {
  files ??= Promise.all([blobOf(url), blobOf(weights)]);
  if (tf.getBackend() !== 'wasm' && !(await tf.setBackend('wasm'))) throw new Error('tfjs has no WASM backend here');
  const model = await load();
  const given = tf.tensor(data, shape);
  const answer = /** @type {tf.Tensor} */ (model.predict(given));
  const outputs = await answer.data();
  tf.dispose([given, answer]);
  model.dispose();
  return {data: outputs, shape: answer.shape};
}

addEventListener('message', ({data: {id, ...asked}}) =>
  answerOnce(asked).then(
    answer => postMessage({id, ...answer}),
    error => postMessage({id, error: String(error)}),
  ),
);
