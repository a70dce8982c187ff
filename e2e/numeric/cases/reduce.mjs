import {fixed, single} from '../case.mjs';
import {float} from '../onnx.mjs';
import {f32, i64, ramp, random, scalar, tensor} from '../tensors.mjs';

/** @param {string} op @param {string} note @param {number[]} shape @param {number[] | undefined} axes @param {object} [attributes] @param {any} [values] */
const reduce = (op, note, shape, axes, attributes = {}, values = {}) =>
  single(op, note, {x: random(shape, values), axes: axes && fixed(i64(...axes))}, {attributes: {...attributes}});
const positive = {low: 0.5, high: 1.5};
const all = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceSumSquare',
];
const asInt64 = {outputs: {y: /** @type {const} */ ('int64')}};

/** @param {string} op @param {string} note @param {import('../tensors.mjs').Tensor} x @param {object} [attributes] */
const arg = (op, note, x, attributes = {}) => single(op, note, {x}, {attributes: {...attributes}, ...asInt64});
/** @param {string} note @param {import('../tensors.mjs').Tensor} x @param {object} [attributes] @param {object} [options] */
const softmax = (note, x, attributes = {}, options = {}) =>
  single('Softmax', note, {x}, {attributes: {...attributes}, ...options});

export const cases = [
  ...all.map(op => reduce(op, 'last axis', [3, 4, 5], [-1], {}, positive)),
  ...all.map(op => reduce(op, 'outer axes, dropped', [3, 4, 5], [0, 1], {keepdims: 0}, positive)),
  reduce('ReduceSum', 'all axes', [3, 4, 5], undefined, {keepdims: 0}),
  reduce('ReduceSum', 'no axes, nothing to do', [3, 4], undefined, {noop_with_empty_axes: 1}),
  reduce('ReduceMean', 'middle axis', [3, 40, 5], [1]),
  reduce('ReduceMean', 'two inner axes of images', [2, 8, 9, 9], [2, 3]),
  reduce('ReduceMax', 'odd length', [3, 257], [1]),
  reduce('ReduceSum', '100 000 numbers', [100_000], undefined, {keepdims: 0}, {low: 0, high: 1}),
  reduce('ReduceMean', '100 000 numbers around 1000', [1, 100_000], [1], {}, {low: 999, high: 1001}),
  reduce('ReduceSum', '1 000 000 numbers', [1000, 1000], undefined, {keepdims: 0}, {low: 0, high: 1}),
  reduce('ReduceL2', '65 537 numbers', [65_537], undefined, {keepdims: 0}),
  reduce('ReduceMax', '100 000 numbers', [100_000], undefined, {keepdims: 0}),
  single(
    'ReduceSum',
    'int32',
    {x: random([4, 50], {low: -1000, high: 1000, dtype: 'int32'}), axes: fixed(i64(1))},
    {outputs: {y: 'int32'}},
  ),
  single('ReduceMax', 'int64', {x: tensor('int64', [4], [1, 2 ** 40, -(2 ** 41), 7]), axes: fixed(i64(0))}, asInt64),
  single('ReduceSum', 'of an axis of length 1', {x: random([4, 1, 3]), axes: fixed(i64(1))}),
  arg('ArgMax', 'last axis', random([4, 10]), {axis: -1, keepdims: 0}),
  arg('ArgMax', 'axis 1 of images', random([1, 6, 5, 5]), {axis: 1}),
  arg('ArgMax', 'ties, the first', f32(1, 3, 3, 2, 3)),
  arg('ArgMax', 'ties, the last', f32(1, 3, 3, 2, 3), {select_last_index: 1}),
  arg('ArgMin', 'axis 0', random([4, 10])),
  single('CumSum', 'last axis', {x: random([3, 20]), axis: fixed(scalar('int32', 1))}),
  single('CumSum', 'exclusive', {x: random([3, 20]), axis: fixed(scalar('int32', 1))}, {attributes: {exclusive: 1}}),
  single('CumSum', 'reverse', {x: random([20, 3]), axis: fixed(scalar('int32', 0))}, {attributes: {reverse: 1}}),
  softmax('last axis', random([3, 10], {low: -5, high: 5})),
  softmax('axis 0', random([10, 3], {low: -5, high: 5}), {axis: 0}),
  softmax('channels of images', random([1, 5, 4, 4], {low: -5, high: 5}), {axis: 1}),
  softmax('from axis 1 on, as before opset 13', random([2, 3, 4], {low: -5, high: 5}), {axis: 1}, {opset: 11}),
  softmax('far apart', f32(-1000, 0, 1000, 999)),
  softmax('all equal and huge', f32(3e38, 3e38, 3e38)),
  softmax('5 003 wide', random([2, 5003], {low: -10, high: 10})),
  softmax('one wide', random([4, 1])),
  single('Softmax', 'masked', {x: f32(1, -1e9, 2, -3.4e38, 0)}),
  single('LogSoftmax', 'last axis', {x: random([3, 10], {low: -5, high: 5})}),
  single('LogSoftmax', 'far apart', {x: f32(-1000, 0, 1000)}),
  single('Hardmax', 'last axis', {x: random([3, 10])}),
  single('ReduceLogSumExp', 'far from zero', {x: f32(1000, 1001, 999), axes: fixed(i64(0))}),
  single(
    'ReduceL2',
    'squares that overflow',
    {x: f32(1e18, 2e18, 2e18), axes: fixed(i64(0))},
    {tolerance: {absolute: 1e13}},
  ),
  single(
    'LayerNormalization',
    '10 000 wide',
    {x: random([2, 10_000]), scale: fixed(random([10_000]))},
    {attributes: {epsilon: float(1e-5)}},
  ),
  single('TopK', 'largest 3', {x: random([4, 10]), k: fixed(i64(3))}, {outputs: {values: 'float32', indices: 'int64'}}),
  single(
    'TopK',
    'smallest 3, axis 0',
    {x: random([10, 4]), k: fixed(i64(3))},
    {attributes: {axis: 0, largest: 0}, outputs: {values: 'float32', indices: 'int64'}},
  ),
  single(
    'TopK',
    '100 of 5 000',
    {x: random([5000]), k: fixed(i64(100))},
    {outputs: {values: 'float32', indices: 'int64'}},
  ),
  single('TopK', 'ties', {x: f32(1, 2, 2, 0, 2), k: fixed(i64(2))}, {outputs: {values: 'float32', indices: 'int64'}}),
  single('Erf', 'far from zero', {x: ramp(-40, 40, 21)}),
];
