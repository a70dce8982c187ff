import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import ort from 'onnxruntime-node';

// Else it prints advice to install its native addon, which is not to be had for every Node.
tf.enableProdMode();

/**
 * A model file as a function: `count * 784` values 0..1 in, `count * 10` probabilities out.
 *
 * @param file an ONNX file with input `image` and output `scores`
 */
export async function openOnnx(file) {
  const session = await ort.InferenceSession.create(file, {intraOpNumThreads: 1});
  return async (images, count) => {
    const {scores} = await session.run({image: new ort.Tensor('float32', images, [count, 1, 28, 28])});
    return scores.data;
  };
}

/** The same for a folder with `model.json` and `weights.bin` in TensorFlow.js's layers format, on the cpu backend. */
export async function openTfjs(folder) {
  const model = await loadTfjs(folder);
  return (images, count) => predictTfjs(model, images, count);
}

export async function loadTfjs(folder) {
  await tf.setBackend('cpu');
  const {modelTopology, weightsManifest} = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const files = weightsManifest.flatMap(({paths}) => paths.map(path => readFileSync(join(folder, path))));
  const weightData = Uint8Array.from(Buffer.concat(files)).buffer;
  const weightSpecs = weightsManifest.flatMap(({weights}) => weights);
  return tf.loadLayersModel({load: () => Promise.resolve({modelTopology, weightSpecs, weightData})});
}

/** @param model any tfjs model from `image` to ten values */
export function predictTfjs(model, images, count) {
  return tf.tidy(() => model.predict(tf.tensor4d(images, [count, 28, 28, 1])).dataSync());
}

/** Runs in parts, so that intermediate maps of 10 000 digits are never in memory at once. */
export async function scoreAll(score, images, {part = 500} = {}) {
  const count = images.length / 784;
  const scores = new Float32Array(count * 10);
  for (let first = 0; first < count; first += part) {
    const size = Math.min(part, count - first);
    scores.set(await score(images.subarray(first * 784, (first + size) * 784), size), first * 10);
  }
  return scores;
}

/** The class with the highest of each ten scores. */
export function predicted(scores) {
  return Array.from({length: scores.length / 10}, (_, digit) => {
    const ten = scores.subarray(digit * 10, digit * 10 + 10);
    return ten.indexOf(Math.max(...ten));
  });
}
