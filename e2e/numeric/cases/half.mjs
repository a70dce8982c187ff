import {fixed, graph, single} from '../case.mjs';
import {i64, ramp, random, tensor} from '../tensors.mjs';

const h = (/** @type {number[]} */ ...shape) => random(shape, {dtype: 'float16'});
const asHalf = {outputs: {y: /** @type {const} */ ('float16')}};
const around = ramp(-6, 6, 61, 'float16');
const unary = (/** @type {string} */ op, x = around) => single(op, 'float16', {x}, asHalf);

/** What a model stored in float16 is made of: 11 bits of fraction, at most 65 504. */
export const cases = [
  ...['Relu', 'Sigmoid', 'Tanh', 'Exp', 'Neg', 'Abs', 'Gelu', 'Erf', 'Softplus'].map(op => unary(op)),
  unary('Sqrt', ramp(0, 6, 61, 'float16')),
  single('Add', 'float16', {a: h(3, 5), b: h(5)}, asHalf),
  single('Mul', 'float16', {a: h(3, 5), b: h(3, 1)}, asHalf),
  single('Div', 'float16', {a: h(3, 5), b: random([5], {low: 0.5, high: 2, dtype: 'float16'})}, asHalf),
  single('MatMul', 'float16', {a: h(6, 64), b: h(64, 5)}, asHalf),
  single('Gemm', 'float16', {a: h(4, 20), b: fixed(h(20, 10)), c: fixed(h(10))}, asHalf),
  single('Conv', 'float16', {x: h(1, 4, 8, 8), w: fixed(h(6, 4, 3, 3)), b: fixed(h(6))}, asHalf),
  single('MaxPool', 'float16', {x: h(1, 3, 8, 8)}, {attributes: {kernel_shape: [2, 2], strides: [2, 2]}, ...asHalf}),
  single('Softmax', 'float16', {x: random([3, 10], {low: -5, high: 5, dtype: 'float16'})}, asHalf),
  single('LayerNormalization', 'float16', {x: h(2, 32), scale: fixed(h(32)), bias: fixed(h(32))}, asHalf),
  single('ReduceMean', 'float16', {x: h(3, 40), axes: fixed(i64(1))}, asHalf),
  single(
    'ReduceSum',
    'float16, 4 000 numbers',
    {x: random([4000], {low: 0, high: 1, dtype: 'float16'}), axes: fixed(i64(0))},
    asHalf,
  ),
  single('Transpose', 'float16', {x: h(3, 5)}, {attributes: {perm: [1, 0]}, ...asHalf}),
  single('Concat', 'float16', {a: h(2, 3), b: h(2, 2)}, {attributes: {axis: 1}, ...asHalf}),
  single('Gather', 'float16', {x: fixed(h(20, 8)), indices: i64(3, 19, 0)}, asHalf),
  single('Where', 'float16', {c: tensor('bool', [3], [1, 0, 1]), a: h(3), b: h(3)}, asHalf),
  single(
    'Identity',
    'float16, the ends of its range',
    {x: tensor('float16', [5], [65504, -65504, 6.1e-5, 6e-8, 0])},
    asHalf,
  ),
  graph(
    'Dense layers in float16',
    'between float32',
    {
      nodes: [
        {op: 'Cast', inputs: ['x'], outputs: ['h'], attributes: {to: 10}},
        {op: 'MatMul', inputs: ['h', 'w'], outputs: ['m']},
        {op: 'Relu', inputs: ['m'], outputs: ['r']},
        {op: 'MatMul', inputs: ['r', 'v'], outputs: ['n']},
        {op: 'Cast', inputs: ['n'], outputs: ['y'], attributes: {to: 1}},
      ],
      inputs: {x: random([4, 16])},
      weights: {w: h(16, 32), v: h(32, 3)},
      outputs: {y: 'float32'},
      // Sums of float16 products, kept in float16 or float32 on the way as the kernel likes.
    },
    {tolerance: {absolute: 0.02, relative: 0.02}},
  ),
];
