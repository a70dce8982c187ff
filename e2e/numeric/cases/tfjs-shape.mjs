import {dataTypeOf} from '../onnx.mjs';
import {i64, random, tensor} from '../tensors.mjs';
import {attr, tfGraph} from '../tfjs.mjs';

/** @typedef {import('../onnx.mjs').Node} Node @typedef {import('../tensors.mjs').Tensor} Tensor */

const T = attr.type('float32');
const i32 = (/** @type {number[]} */ ...values) => tensor('int32', [values.length], values);
const at = (/** @type {number} */ value) => tensor('int32', [], [value]);

/**
 * TensorFlow is given sizes and axes as int32, ONNX as int64.
 *
 * @param {string} op @param {string} note @param {{x: Tensor, same?: Node, takes?: string[], constants?: Record<string, Tensor>, weights?: Record<string, Tensor>, attributes?: Record<string, object>, onnx?: Node[]}} asked
 */
const shaped = (op, note, {x, takes = ['x'], constants, weights, attributes, onnx = []}) =>
  tfGraph({
    ...{op, note, inputs: {x}, onnx, ...(constants && {constants}), ...(weights && {weights})},
    nodes: [{op, inputs: takes, output: 'y', attributes: {T, ...attributes}}],
  });

/** @param {string} op @param {string} same in ONNX @param {boolean} [keep] */
const reduced = (op, same, keep = false) =>
  shaped(op, keep ? 'last two axes, kept' : 'middle axis', {
    ...{x: random([3, 4, 5]), takes: ['x', 'axes']},
    constants: {axes: keep ? i32(1, 2) : i32(1)},
    weights: {where: keep ? i64(1, 2) : i64(1)},
    attributes: {keep_dims: attr.flag(keep)},
    onnx: [{op: same, inputs: ['x', 'where'], outputs: ['y'], attributes: {keepdims: Number(keep)}}],
  });

/** @param {string} op @param {boolean} ta @param {boolean} tb @param {number[]} a @param {number[]} b */
const product = (op, ta, tb, a, b) => {
  const names = op === 'MatMul' ? ['transpose_a', 'transpose_b'] : ['adj_x', 'adj_y'];
  const last = a.length > 2 ? [0, 2, 1] : [1, 0];
  const turn = (/** @type {string} */ name, /** @type {boolean} */ turns) =>
    turns ? [{op: 'Transpose', inputs: [name], outputs: [`${name}t`], attributes: {perm: last}}] : [];
  const flags = [ta, tb].map((flag, i) => [names[i], attr.flag(flag)]);
  return tfGraph({
    ...{op, note: `${a.join('x')} by ${b.join('x')}`, inputs: {a: random(a)}, weights: {b: random(b)}},
    nodes: [{op, inputs: ['a', 'b'], output: 'y', attributes: {T, ...Object.fromEntries(flags)}}],
    onnx: [
      ...[...turn('a', ta), ...turn('b', tb)],
      {op: 'MatMul', inputs: [ta ? 'at' : 'a', tb ? 'bt' : 'b'], outputs: ['y']},
    ],
  });
};

/** @param {string} op @param {string} same */
const index = (op, same) =>
  tfGraph({
    ...{op, note: 'last axis', inputs: {x: random([3, 7])}, outputs: {y: 'int32'}, constants: {axis: at(1)}},
    nodes: [{op, inputs: ['x', 'axis'], output: 'y', attributes: {T, output_type: attr.type('int32')}}],
    onnx: [
      {op: same, inputs: ['x'], outputs: ['i'], attributes: {axis: 1, keepdims: 0}},
      {op: 'Cast', inputs: ['i'], outputs: ['y'], attributes: {to: dataTypeOf('int32')}},
    ],
  });

/** @param {string} op @param {string} note @param {number[]} shape @param {number} [reach] */
const soft = (op, note, shape, reach = 3) =>
  shaped(op, note, {
    x: random(shape, {low: -reach, high: reach}),
    onnx: [{op, inputs: ['x'], outputs: ['y'], attributes: {axis: -1}}],
  });

/** Products, reductions, and what moves elements about. */
export const cases = [
  product('MatMul', false, false, [4, 6], [6, 5]),
  product('MatMul', true, false, [6, 4], [6, 5]),
  product('MatMul', false, true, [4, 64], [33, 64]),
  product('BatchMatMulV2', false, false, [3, 4, 6], [3, 6, 5]),
  product('BatchMatMulV2', false, true, [3, 4, 6], [3, 5, 6]),
  ...[
    ['Sum', 'ReduceSum'],
    ['Mean', 'ReduceMean'],
    ['Max', 'ReduceMax'],
    ['Min', 'ReduceMin'],
    ['Prod', 'ReduceProd'],
  ].flatMap(([op = '', same = '']) => [reduced(op, same), reduced(op, same, true)]),
  ...[index('ArgMax', 'ArgMax'), index('ArgMin', 'ArgMin')],
  ...[soft('Softmax', 'ten classes', [4, 10]), soft('Softmax', 'far from zero', [2, 6], 90)],
  soft('LogSoftmax', 'ten classes', [4, 10]),
  shaped('Cumsum', 'second axis', {
    ...{x: random([3, 6]), takes: ['x', 'axis'], constants: {axis: at(1)}, weights: {where: i64(1)}},
    attributes: {exclusive: attr.flag(false), reverse: attr.flag(false)},
    onnx: [{op: 'CumSum', inputs: ['x', 'where'], outputs: ['y']}],
  }),
  shaped('Reshape', 'to rows', {
    ...{x: random([2, 3, 4]), takes: ['x', 'to'], constants: {to: i32(6, 4)}, weights: {shape: i64(6, 4)}},
    onnx: [{op: 'Reshape', inputs: ['x', 'shape'], outputs: ['y']}],
  }),
  shaped('Transpose', 'of three', {
    ...{x: random([2, 3, 4]), takes: ['x', 'perm'], constants: {perm: i32(2, 0, 1)}},
    onnx: [{op: 'Transpose', inputs: ['x'], outputs: ['y'], attributes: {perm: [2, 0, 1]}}],
  }),
  shaped('ExpandDims', 'in the middle', {
    ...{x: random([2, 3]), takes: ['x', 'axis'], constants: {axis: at(1)}, weights: {where: i64(1)}},
    onnx: [{op: 'Unsqueeze', inputs: ['x', 'where'], outputs: ['y']}],
  }),
  shaped('Squeeze', 'the middle', {
    ...{x: random([2, 1, 3]), attributes: {squeeze_dims: attr.ints(1)}, weights: {where: i64(1)}},
    onnx: [{op: 'Squeeze', inputs: ['x', 'where'], outputs: ['y']}],
  }),
  shaped('Pad', 'unevenly', {
    ...{x: random([2, 3]), takes: ['x', 'by'], constants: {by: tensor('int32', [2, 2], [1, 0, 2, 1])}},
    ...{weights: {pads: i64(1, 2, 0, 1)}, onnx: [{op: 'Pad', inputs: ['x', 'pads'], outputs: ['y']}]},
  }),
  shaped('MirrorPad', 'reflected', {
    ...{x: random([3, 4]), takes: ['x', 'by'], constants: {by: tensor('int32', [2, 2], [1, 1, 2, 1])}},
    ...{attributes: {mode: attr.text('REFLECT')}, weights: {pads: i64(1, 2, 1, 1)}},
    onnx: [{op: 'Pad', inputs: ['x', 'pads'], outputs: ['y'], attributes: {mode: 'reflect'}}],
  }),
  shaped('Slice', 'a corner', {
    ...{x: random([4, 5]), takes: ['x', 'from', 'size'], constants: {from: i32(1, 2), size: i32(2, 3)}},
    ...{weights: {starts: i64(1, 2), ends: i64(3, 5)}},
    onnx: [{op: 'Slice', inputs: ['x', 'starts', 'ends'], outputs: ['y']}],
  }),
  shaped('Tile', 'twice and thrice', {
    ...{x: random([2, 3]), takes: ['x', 'times'], constants: {times: i32(2, 3)}, weights: {repeats: i64(2, 3)}},
    onnx: [{op: 'Tile', inputs: ['x', 'repeats'], outputs: ['y']}],
  }),
  shaped('GatherV2', 'rows', {
    ...{x: random([5, 4]), takes: ['x', 'rows', 'axis'], constants: {axis: at(0)}, weights: {rows: i32(4, 0, 2, 2)}},
    onnx: [{op: 'Gather', inputs: ['x', 'rows'], outputs: ['y'], attributes: {axis: 0}}],
  }),
  shaped('DepthToSpace', 'twos', {
    ...{x: random([1, 2, 3, 8]), attributes: {block_size: attr.int(2), data_format: attr.text('NHWC')}},
    onnx: [
      {op: 'Transpose', inputs: ['x'], outputs: ['first'], attributes: {perm: [0, 3, 1, 2]}},
      {op: 'DepthToSpace', inputs: ['first'], outputs: ['last'], attributes: {blocksize: 2}},
      {op: 'Transpose', inputs: ['last'], outputs: ['y'], attributes: {perm: [0, 2, 3, 1]}},
    ],
  }),
  tfGraph({
    ...{op: 'ConcatV2', note: 'last axis', inputs: {a: random([2, 3]), b: random([2, 5])}, constants: {axis: at(1)}},
    nodes: [{op: 'ConcatV2', inputs: ['a', 'b', 'axis'], output: 'y', attributes: {T, N: attr.int(2)}}],
    onnx: [{op: 'Concat', inputs: ['a', 'b'], outputs: ['y'], attributes: {axis: 1}}],
  }),
];
