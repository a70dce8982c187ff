import {i64, random, tensor} from '../tensors.mjs';
import {tfLayers} from '../tfjs.mjs';

/** @typedef {import('../tensors.mjs').Tensor} Tensor */

const [channelsFirst, channelsLast] = [
  [0, 3, 1, 2],
  [0, 2, 3, 1],
];

const dense = (/** @type {string} */ activation, /** @type {string} */ same) => {
  const [kernel, bias] = [random([6, 4]), random([4])];
  return tfLayers({
    ...{op: 'Dense', note: activation, inputs: {x: random([3, 6])}, weights: {kernel, bias}},
    layers: [{class: 'Dense', config: {units: 4, activation, use_bias: true}, weights: {kernel, bias}}],
    onnx: [
      {op: 'Gemm', inputs: ['x', 'kernel', 'bias'], outputs: ['s']},
      {op: same, inputs: ['s'], outputs: ['y']},
    ],
  });
};

const image = () => {
  const [kernel, bias, last] = [random([3, 3, 2, 4]), random([4]), random([4, 3])];
  return tfLayers({
    ...{op: 'Conv2D to Dense', note: 'a small classifier', inputs: {x: random([2, 8, 8, 2])}},
    weights: {kernel, bias, last, axes: i64(2, 3)},
    layers: [
      {
        class: 'Conv2D',
        config: {filters: 4, kernel_size: [3, 3], strides: [1, 1], padding: 'same', activation: 'relu', use_bias: true},
        weights: {kernel, bias},
      },
      {class: 'MaxPooling2D', config: {pool_size: [2, 2], strides: [2, 2], padding: 'valid'}},
      {class: 'GlobalAveragePooling2D'},
      {class: 'Dense', config: {units: 3, activation: 'softmax', use_bias: false}, weights: {kernel: last}},
    ],
    onnx: [
      {op: 'Transpose', inputs: ['x'], outputs: ['first'], attributes: {perm: channelsFirst}},
      {op: 'Transpose', inputs: ['kernel'], outputs: ['k'], attributes: {perm: [3, 2, 0, 1]}},
      {op: 'Conv', inputs: ['first', 'k', 'bias'], outputs: ['c'], attributes: {auto_pad: 'SAME_UPPER'}},
      {op: 'Relu', inputs: ['c'], outputs: ['r']},
      {op: 'MaxPool', inputs: ['r'], outputs: ['p'], attributes: {kernel_shape: [2, 2], strides: [2, 2]}},
      {op: 'ReduceMean', inputs: ['p', 'axes'], outputs: ['g'], attributes: {keepdims: 0}},
      {op: 'MatMul', inputs: ['g', 'last'], outputs: ['s']},
      {op: 'Softmax', inputs: ['s'], outputs: ['y'], attributes: {axis: -1}},
    ],
  });
};

const pooled = (/** @type {string} */ layer, /** @type {string} */ op) =>
  tfLayers({
    ...{op: layer, note: 'twos', inputs: {x: random([1, 6, 4, 3])}},
    layers: [{class: layer, config: {pool_size: [2, 2], strides: [2, 2], padding: 'valid'}}],
    onnx: [
      {op: 'Transpose', inputs: ['x'], outputs: ['first'], attributes: {perm: channelsFirst}},
      {op, inputs: ['first'], outputs: ['p'], attributes: {kernel_shape: [2, 2], strides: [2, 2]}},
      {op: 'Transpose', inputs: ['p'], outputs: ['y'], attributes: {perm: channelsLast}},
    ],
  });

/** Blocks of so many columns in another order. @param {Tensor} tensor @param {number[]} order */
function blocks({dtype, shape, data}, order) {
  const [columns = 0] = shape.slice(-1);
  const wide = columns / order.length;
  const values = Array.from({length: data.length}, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return Number(data[row * columns + (order[Math.floor(column / wide)] ?? 0) * wide + (column % wide)]);
  });
  return tensor(dtype, shape, values);
}

/** Its gates are input, forget, cell, output; those of ONNX input, output, forget, cell, each as rows. */
const lstm = () => {
  const units = 4;
  const [kernel, recurrent, bias] = [random([3, 4 * units]), random([units, 4 * units]), random([4 * units])];
  const order = [0, 3, 1, 2];
  return tfLayers({
    ...{op: 'LSTM', note: 'last output', inputs: {x: random([2, 5, 3])}},
    weights: {
      ...{kernel: blocks(kernel, order), recurrent: blocks(recurrent, order), bias: blocks(bias, order)},
      ...{
        zero: tensor(
          'float32',
          [4 * units],
          Array.from({length: 4 * units}, () => 0),
        ),
        front: i64(0),
        both: i64(0),
      },
    },
    layers: [
      {
        class: 'LSTM',
        config: {
          ...{units, activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true, return_sequences: false},
          ...{kernel_initializer: null, unit_forget_bias: true, implementation: 1},
        },
        weights: {kernel, recurrent_kernel: recurrent, bias},
      },
    ],
    onnx: [
      {op: 'Transpose', inputs: ['x'], outputs: ['steps'], attributes: {perm: [1, 0, 2]}},
      {op: 'Transpose', inputs: ['kernel'], outputs: ['kt'], attributes: {perm: [1, 0]}},
      {op: 'Unsqueeze', inputs: ['kt', 'front'], outputs: ['w']},
      {op: 'Transpose', inputs: ['recurrent'], outputs: ['rt'], attributes: {perm: [1, 0]}},
      {op: 'Unsqueeze', inputs: ['rt', 'front'], outputs: ['r']},
      {op: 'Concat', inputs: ['bias', 'zero'], outputs: ['b8'], attributes: {axis: 0}},
      {op: 'Unsqueeze', inputs: ['b8', 'front'], outputs: ['b']},
      {op: 'LSTM', inputs: ['steps', 'w', 'r', 'b'], outputs: ['all', 'h'], attributes: {hidden_size: units}},
      {op: 'Squeeze', inputs: ['h', 'both'], outputs: ['y']},
    ],
  });
};

const embedding = () => {
  const embeddings = random([9, 5]);
  return tfLayers({
    ...{op: 'Embedding', note: 'of words', weights: {embeddings}},
    inputs: {x: tensor('int32', [2, 4], [0, 8, 3, 3, 1, 2, 7, 5])},
    layers: [{class: 'Embedding', config: {input_dim: 9, output_dim: 5}, weights: {embeddings}}],
    onnx: [{op: 'Gather', inputs: ['embeddings', 'x'], outputs: ['y'], attributes: {axis: 0}}],
  });
};

/** Models of layers, as Keras saves them. */
export const cases = [
  ...[dense('relu', 'Relu'), dense('tanh', 'Tanh'), dense('softmax', 'Softmax'), dense('sigmoid', 'Sigmoid')],
  ...[image(), pooled('MaxPooling2D', 'MaxPool'), pooled('AveragePooling2D', 'AveragePool'), lstm(), embedding()],
];
