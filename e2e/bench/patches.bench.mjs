import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packModel} from '@kedge/cli';
import * as tf from '@tensorflow/tfjs';
import {readDigits} from '../../demo/models/idx.mjs';
import {loadTfjs} from '../../demo/models/runners.mjs';
import {inRoot} from '../../scripts/paths.mjs';
import {encode, onnxModel, tuned, weights} from '../../scripts/onnx-model.mjs';

/** @typedef {import('../../scripts/onnx-model.mjs').WeightType} WeightType */

const elementBytes = {float32: 4, float16: 2, bfloat16: 2, int8: 1};
const modelBytes = 24 * 2 ** 20;
const side = 1024;

/** Square layers of 25 MB in all, and a head of `headBytes`. @param {WeightType} type @param {number} headBytes */
function floats(type, headBytes) {
  const layerBytes = side * side * elementBytes[type];
  const count = Math.floor(modelBytes / layerBytes);
  const body = Array.from({length: count}, (_, i) => weights(side * side, i + 1));
  return [...body, weights(headBytes / elementBytes[type], 99)];
}

/** @param {readonly Float32Array[]} layers @param {WeightType} type */
const file = (layers, type) =>
  onnxModel(layers.map(values => ({rows: side, columns: values.length / side, type, data: encode(values, type)})));

/**
 * What a device with one model fetches for another: everything, by chunks, and with patches.
 *
 * @param {Uint8Array} before @param {Uint8Array} after
 */
async function updateOf(before, after) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-patches-'));
  try {
    const meta = join(folder, 'meta.json');
    writeFileSync(meta, JSON.stringify({task: 'other'}));
    /** @param {string} version @param {Uint8Array} bytes @param {string[]} from */
    const pack = (version, bytes, from = []) => {
      const model = join(folder, 'model.onnx');
      writeFileSync(model, bytes);
      const options = {name: 'bench', registry: join(folder, 'registry'), run: false};
      return packModel({...options, model, meta, version, from, runtimeFiles: /** @type {const} */ (false)});
    };
    await pack('1.0.0', before);
    const [update] = (await pack('1.1.0', after, ['1.0.0'])).updates;
    if (!update) throw new Error('no update was measured');
    return update;
  } finally {
    rmSync(folder, {recursive: true});
  }
}

const rounded = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;

/** @param {WeightType} type @param {number} relative @param {number | null} budget */
async function fineTune(type, relative, budget) {
  const before = floats(type, 2 ** 20);
  const after = before.map((values, i) => tuned(values, relative, 1000 + i));
  const {bytes, missingBytes, fetchedBytes} = await updateOf(file(before, type), file(after, type));
  const ours = rounded((100 * fetchedBytes) / bytes);
  return {
    ...{name: 'patches', what: `${type} fine-tune by ${relative} of 25 MB: % of it fetched; peer: by chunks alone`},
    ...{ours, peer: rounded((100 * missingBytes) / bytes), ratio: rounded(fetchedBytes / missingBytes)},
    ...{budget: budget === null ? 'told' : `≤ ${budget} %`, holds: budget === null || ours <= budget},
  };
}

/** @param {WeightType} type @param {number} headBytes */
async function headOnly(type, headBytes) {
  const before = floats(type, headBytes);
  const after = [...before.slice(0, -1), weights(headBytes / elementBytes[type], 4711)];
  const {missingBytes, fetchedBytes} = await updateOf(file(before, type), file(after, type));
  const ours = rounded(fetchedBytes / headBytes);
  return {
    ...{
      name: 'patches',
      what: `${type} head of ${headBytes / 1024} KiB trained anew: fetched over changed; peer: by chunks alone`,
    },
    ...{ours, peer: rounded(missingBytes / headBytes), ratio: rounded(fetchedBytes / missingBytes)},
    ...{budget: '≤ 1.10', holds: ours <= 1.1},
  };
}

const [batches, batchSize, learningRate] = [5, 32, 1e-2];

/**
 * The demo's convolutional network before and after five more steps of training on real digits, every layer trained.
 *
 * @returns {Promise<[Float32Array[], Float32Array[]]>}
 */
async function trainedOn() {
  const model = await loadTfjs(inRoot('demo', 'models', 'digits', '1.2.0', 'tfjs'));
  const {images, labels} = readDigits('train');
  const kernels = () => model.getWeights().map(weight => /** @type {Float32Array} */ (weight.dataSync().slice()));
  const before = kernels();
  model.compile({optimizer: tf.train.sgd(learningRate), loss: 'categoricalCrossentropy'});
  for (let i = 0; i < batches; i++) {
    const [from, to] = [i * batchSize, (i + 1) * batchSize];
    const x = tf.tensor4d(images.slice(from * 784, to * 784), [batchSize, 28, 28, 1]);
    const y = tf.oneHot(tf.tensor1d([...labels.subarray(from, to)], 'int32'), 10);
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  }
  return [before, kernels()];
}

/** int8 by the scales of the first model, as a pipeline that freezes its scales does. @param {Float32Array} values @param {Float32Array} first */
function quantised(values, first) {
  const scale = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  const round = (/** @type {number} */ value) => Math.max(-127, Math.min(127, Math.round(value / scale)));
  return new Uint8Array(Int8Array.from(values.map(round)).buffer);
}

/** @param {[Float32Array[], Float32Array[]]} pair @param {'float32' | 'int8'} type @param {number | null} budget */
async function real([before, after], type, budget) {
  const data = (/** @type {Float32Array} */ values, /** @type {number} */ i) =>
    type === 'int8' ? quantised(values, before[i] ?? values) : encode(values, type);
  const model = (/** @type {Float32Array[]} */ layers) =>
    onnxModel(layers.map((values, i) => ({rows: 1, columns: values.length, type, data: data(values, i)})));
  const {bytes, missingBytes, fetchedBytes} = await updateOf(model(before), model(after));
  const ours = rounded((100 * fetchedBytes) / bytes);
  return {
    ...{
      name: 'patches',
      what: `${type} weights of the demo's network, trained on: % of them fetched; peer: by chunks alone`,
    },
    ...{ours, peer: rounded((100 * missingBytes) / bytes), ratio: rounded(fetchedBytes / missingBytes)},
    ...{budget: budget === null ? 'told' : `≤ ${budget} %`, holds: budget === null || ours <= budget},
  };
}

/** @returns {Promise<import('../../scripts/bench.mjs').Row[]>} */
export async function rows() {
  const pair = await trainedOn();
  return [
    await headOnly('float32', 2 ** 21),
    await headOnly('float32', 2 ** 20),
    await headOnly('float32', 2 ** 16),
    await headOnly('int8', 2 ** 18),
    await fineTune('int8', 1e-3, 10),
    await fineTune('int8', 1e-2, null),
    await fineTune('float16', 1e-3, null),
    await fineTune('bfloat16', 1e-3, null),
    await fineTune('float32', 1e-3, null),
    await real(pair, 'int8', 10),
    await real(pair, 'float32', null),
  ];
}
