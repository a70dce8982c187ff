import {fixed, graph, single} from '../case.mjs';
import {float} from '../onnx.mjs';
import {random} from '../tensors.mjs';

/** @param {string} note @param {number[]} a @param {number[]} b @param {object} [options] */
const matMul = (note, a, b, options) => single('MatMul', note, {a: random(a), b: random(b)}, options);
/** @param {string} note @param {number[]} a @param {number[]} b @param {number[] | undefined} c @param {object} [attributes] */
const gemm = (note, a, b, c, attributes = {}) =>
  single('Gemm', note, {a: random(a), b: fixed(random(b)), c: c && fixed(random(c))}, {attributes: {...attributes}});
/** @param {string} equation @param {number[][]} shapes */
const einsum = (equation, ...shapes) =>
  single(
    'Einsum',
    equation.replace('->', ' to '),
    Object.fromEntries(shapes.map((shape, i) => [`x${i}`, random(shape)])),
    {
      attributes: {equation},
    },
  );

export const cases = [
  matMul('square', [16, 16], [16, 16]),
  matMul('odd sizes', [17, 33], [33, 5]),
  matMul('one row', [1, 300], [300, 10]),
  matMul('one column', [10, 300], [300, 1]),
  matMul('vector, matrix', [20], [20, 7]),
  matMul('matrix, vector', [7, 20], [20]),
  matMul('two vectors', [50], [50]),
  matMul('batches', [3, 8, 12], [3, 12, 5]),
  matMul('one matrix for all batches', [3, 8, 12], [12, 5]),
  matMul('broadcast batches', [2, 1, 4, 6], [1, 3, 6, 5]),
  matMul('4096 products a sum', [4, 4096], [4096, 4], {tolerance: {absolute: 1e-3}}),
  matMul('large', [128, 128], [128, 128]),
  gemm('with bias', [4, 20], [20, 10], [10]),
  gemm('without bias', [4, 20], [20, 10], undefined),
  gemm('B turned', [4, 20], [10, 20], [10], {transB: 1}),
  gemm('A turned', [20, 4], [20, 10], [10], {transA: 1}),
  gemm('both turned', [20, 4], [10, 20], [1, 10], {transA: 1, transB: 1}),
  gemm('alpha and beta', [4, 20], [20, 10], [4, 1], {alpha: float(0.5), beta: float(-2)}),
  gemm('bias of the whole size', [4, 20], [20, 10], [4, 10]),
  gemm('bias is one number', [4, 20], [20, 10], [1]),
  einsum('ij,jk->ik', [5, 7], [7, 3]),
  einsum('bhqd,bhkd->bhqk', [2, 3, 4, 8], [2, 3, 5, 8]),
  einsum('bij->bji', [2, 3, 4]),
  einsum('ii->i', [5, 5]),
  graph('MatMul', 'then add and gelu', {
    nodes: [
      {op: 'MatMul', inputs: ['x', 'w'], outputs: ['m']},
      {op: 'Add', inputs: ['m', 'b'], outputs: ['a']},
      {op: 'Gelu', inputs: ['a'], outputs: ['y']},
    ],
    inputs: {x: random([2, 6, 32])},
    weights: {w: random([32, 48]), b: random([48])},
    outputs: {y: 'float32'},
  }),
];
