import {fixed, graph, single} from '../case.mjs';
import {float, dataTypeOf} from '../onnx.mjs';
import {i64, random, scalar, tensor} from '../tensors.mjs';

const w = (/** @type {number[]} */ ...shape) => fixed(random(shape, {low: 0.5, high: 1.5}));
const b = (/** @type {number[]} */ ...shape) => fixed(random(shape));

export const cases = [
  single('BatchNormalization', 'images', {
    x: random([2, 5, 6, 6]),
    scale: w(5),
    bias: b(5),
    mean: b(5),
    variance: w(5),
  }),
  single('BatchNormalization', 'two dimensions', {
    x: random([4, 5]),
    scale: w(5),
    bias: b(5),
    mean: b(5),
    variance: w(5),
  }),
  single(
    'BatchNormalization',
    'tiny variance',
    {
      x: random([1, 3, 4]),
      scale: w(3),
      bias: b(3),
      mean: b(3),
      variance: fixed(tensor('float32', [3], [1e-12, 1e-8, 0])),
    },
    {attributes: {epsilon: float(1e-3)}},
  ),
  single('LayerNormalization', 'last axis', {x: random([2, 7, 32]), scale: w(32), bias: b(32)}),
  single('LayerNormalization', 'odd width', {x: random([2, 7, 33]), scale: w(33), bias: b(33)}),
  single('LayerNormalization', 'no bias', {x: random([2, 7, 32]), scale: w(32)}),
  single(
    'LayerNormalization',
    'two axes',
    {x: random([2, 3, 4, 5]), scale: w(4, 5), bias: b(4, 5)},
    {attributes: {axis: -2}},
  ),
  single(
    'LayerNormalization',
    'far from zero',
    {x: random([2, 64], {low: 999, high: 1001}), scale: w(64), bias: b(64)},
    {tolerance: {absolute: 5e-3}},
  ),
  single('InstanceNormalization', 'images', {x: random([2, 3, 8, 8]), scale: w(3), bias: b(3)}),
  single('InstanceNormalization', 'one dimension', {x: random([2, 3, 50]), scale: w(3), bias: b(3)}),
  single(
    'GroupNormalization',
    '2 groups',
    {x: random([2, 6, 5, 5]), scale: w(6), bias: b(6)},
    {attributes: {num_groups: 2}},
  ),
  single('LpNormalization', '2', {x: random([3, 10])}, {attributes: {p: 2}}),
  single('LpNormalization', '1, axis 0', {x: random([3, 10])}, {attributes: {p: 1, axis: 0}}),
  single('MeanVarianceNormalization', 'images', {x: random([2, 3, 4, 4])}),
  single(
    'LRN',
    'size 5',
    {x: random([1, 8, 5, 5])},
    {attributes: {size: 5, alpha: float(1e-2), beta: float(0.75), bias: float(1)}},
  ),
  single(
    'SkipLayerNormalization',
    'with bias',
    {x: random([1, 4, 32]), skip: random([1, 4, 32]), gamma: w(32), beta: b(32), bias: b(32)},
    {domain: 'com.microsoft'},
  ),
  single(
    'SimplifiedLayerNormalization',
    'RMS',
    {x: random([2, 4, 32]), scale: w(32)},
    {attributes: {axis: -1, epsilon: float(1e-5), stash_type: dataTypeOf('float32')}},
  ),
  graph('RMSNorm by hand', 'mean of squares', {
    nodes: [
      {op: 'Pow', inputs: ['x', 'two'], outputs: ['s']},
      {op: 'ReduceMean', inputs: ['s', 'axes'], outputs: ['m']},
      {op: 'Add', inputs: ['m', 'epsilon'], outputs: ['a']},
      {op: 'Sqrt', inputs: ['a'], outputs: ['r']},
      {op: 'Div', inputs: ['x', 'r'], outputs: ['d']},
      {op: 'Mul', inputs: ['d', 'w'], outputs: ['y']},
    ],
    inputs: {x: random([2, 4, 32])},
    weights: {two: scalar('float32', 2), axes: i64(-1), epsilon: scalar('float32', 1e-6), w: random([32])},
    outputs: {y: 'float32'},
  }),
];
