import {fixed, graph, single} from '../case.mjs';
import {float} from '../onnx.mjs';
import {random} from '../tensors.mjs';

const x = (/** @type {number[]} */ ...shape) => random(shape);
const w = (/** @type {number[]} */ ...shape) => fixed(random(shape));

/** @param {string} note @param {number[]} input @param {number[]} weight @param {object} [attributes] @param {number} [bias] */
const conv = (note, input, weight, attributes = {}, bias = 0) =>
  single('Conv', note, {x: x(...input), w: w(...weight), ...(bias && {b: w(bias)})}, {attributes: {...attributes}});

/** @param {string} note @param {number[]} input @param {number[]} weight @param {object} [attributes] @param {number} [bias] */
const transposed = (note, input, weight, attributes = {}, bias = 0) =>
  single(
    'ConvTranspose',
    note,
    {x: x(...input), w: w(...weight), ...(bias && {b: w(bias)})},
    {attributes: {...attributes}},
  );

const same = {pads: [1, 1, 1, 1]};

/** Convolution, and what follows it in one breath. */
const after = (/** @type {string} */ note, /** @type {import('../onnx.mjs').Node[]} */ nodes, weights = {}) =>
  graph('Conv, then more', note, {
    nodes: [{op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['c'], attributes: same}, ...nodes],
    inputs: {x: x(1, 8, 9, 9)},
    weights: {w: random([8, 8, 3, 3]), b: random([8]), ...weights},
    outputs: {y: 'float32'},
  });

const batchNorm = {
  scale: random([8], {low: 0.5, high: 1.5}),
  bias: random([8]),
  mean: random([8]),
  variance: random([8], {low: 0.1, high: 2}),
};

export const cases = [
  conv('1x1', [1, 8, 7, 7], [16, 8, 1, 1], {}, 16),
  conv('3x3', [1, 3, 8, 8], [4, 3, 3, 3], {}, 4),
  conv('3x3 padded', [1, 3, 8, 8], [4, 3, 3, 3], same, 4),
  conv('no bias', [1, 3, 8, 8], [4, 3, 3, 3], same),
  conv('stride 2', [1, 3, 9, 9], [4, 3, 3, 3], {strides: [2, 2], pads: [1, 1, 1, 1]}, 4),
  conv('uneven strides', [1, 3, 9, 11], [4, 3, 3, 3], {strides: [1, 3]}, 4),
  conv('same upper', [1, 3, 8, 8], [4, 3, 3, 3], {auto_pad: 'SAME_UPPER', strides: [2, 2]}, 4),
  conv('same lower', [1, 3, 8, 8], [4, 3, 3, 3], {auto_pad: 'SAME_LOWER', strides: [2, 2]}, 4),
  conv('dilated', [1, 3, 11, 11], [4, 3, 3, 3], {dilations: [2, 2]}, 4),
  conv('uneven pads', [1, 3, 8, 8], [4, 3, 3, 3], {pads: [0, 1, 2, 1]}, 4),
  conv('1x7', [1, 4, 8, 16], [4, 4, 1, 7], {pads: [0, 3, 0, 3]}, 4),
  conv('group 2', [1, 4, 8, 8], [6, 2, 3, 3], {group: 2}, 6),
  conv('depthwise', [1, 8, 8, 8], [8, 1, 3, 3], {group: 8, ...same}, 8),
  conv('depthwise twice as wide', [1, 4, 8, 8], [8, 1, 3, 3], {group: 4}, 8),
  conv('depthwise 5x5 stride 2', [1, 16, 12, 12], [16, 1, 5, 5], {group: 16, strides: [2, 2], pads: [2, 2, 2, 2]}, 16),
  conv('batch of 3', [3, 3, 8, 8], [4, 3, 3, 3], same, 4),
  conv('odd channels', [1, 5, 7, 9], [7, 5, 3, 3], same, 7),
  conv('wide', [1, 64, 8, 8], [64, 64, 3, 3], same, 64),
  conv('kernel as large as the input', [2, 8, 6, 6], [10, 8, 6, 6], {}, 10),
  conv('one dimension', [1, 4, 32], [8, 4, 5], {pads: [2, 2]}, 8),
  conv('one dimension, causal and dilated', [1, 4, 64], [4, 4, 3], {dilations: [8], pads: [16, 0]}, 4),
  conv('one dimension, depthwise', [1, 8, 32], [8, 1, 7], {group: 8, pads: [3, 3]}, 8),
  conv('one dimension, stride 160', [1, 1, 1600], [16, 1, 400], {strides: [160]}, 16),
  conv('three dimensions', [1, 2, 5, 6, 7], [3, 2, 3, 3, 3], {}, 3),
  transposed('2x2 stride 2', [1, 4, 5, 5], [4, 3, 2, 2], {strides: [2, 2]}, 3),
  transposed(
    '3x3 stride 2, output padding',
    [1, 4, 5, 5],
    [4, 3, 3, 3],
    {strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1]},
    3,
  ),
  transposed('4x4 stride 2, no bias', [1, 4, 5, 5], [4, 3, 4, 4], {strides: [2, 2], pads: [1, 1, 1, 1]}),
  transposed('group 2', [1, 4, 5, 5], [4, 2, 3, 3], {group: 2}, 4),
  transposed('dilated', [1, 3, 5, 5], [3, 2, 3, 3], {dilations: [2, 2]}, 2),
  transposed('one dimension', [1, 4, 10], [4, 2, 4], {strides: [2], pads: [1, 1]}, 2),
  transposed('output shape', [1, 3, 4, 4], [3, 2, 3, 3], {strides: [3, 3], output_shape: [10, 12]}, 2),
  after('relu', [{op: 'Relu', inputs: ['c'], outputs: ['y']}]),
  after('clip 0 to 6', [{op: 'Clip', inputs: ['c', 'low', 'high'], outputs: ['y']}], {
    low: {dtype: 'float32', shape: [], data: Float32Array.of(0)},
    high: {dtype: 'float32', shape: [], data: Float32Array.of(6)},
  }),
  after('hard swish', [{op: 'HardSwish', inputs: ['c'], outputs: ['y']}]),
  after('leaky relu', [{op: 'LeakyRelu', inputs: ['c'], outputs: ['y'], attributes: {alpha: float(0.1)}}]),
  after('sigmoid times itself', [
    {op: 'Sigmoid', inputs: ['c'], outputs: ['s']},
    {op: 'Mul', inputs: ['c', 's'], outputs: ['y']},
  ]),
  after(
    'batch norm, relu',
    [
      {op: 'BatchNormalization', inputs: ['c', 'scale', 'bias', 'mean', 'variance'], outputs: ['n']},
      {op: 'Relu', inputs: ['n'], outputs: ['y']},
    ],
    batchNorm,
  ),
  after('added to its input', [{op: 'Add', inputs: ['x', 'c'], outputs: ['y']}]),
  after(
    'squeeze and excite',
    [
      {op: 'GlobalAveragePool', inputs: ['c'], outputs: ['p']},
      {op: 'Conv', inputs: ['p', 'w1'], outputs: ['q']},
      {op: 'Relu', inputs: ['q'], outputs: ['r']},
      {op: 'Conv', inputs: ['r', 'w2'], outputs: ['s']},
      {op: 'Sigmoid', inputs: ['s'], outputs: ['t']},
      {op: 'Mul', inputs: ['c', 't'], outputs: ['y']},
    ],
    {w1: random([2, 8, 1, 1]), w2: random([8, 2, 1, 1])},
  ),
];
