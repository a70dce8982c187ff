import {fixed, graph, single} from '../case.mjs';
import {dataTypeOf, float} from '../onnx.mjs';
import {f32, i64, random, scalar, tensor} from '../tensors.mjs';

const asInt64 = {outputs: {y: /** @type {const} */ ('int64')}};
/** @param {string} note @param {number[]} shape @param {number[]} perm */
const transpose = (note, shape, perm) => single('Transpose', note, {x: random(shape)}, {attributes: {perm}});
/** @param {string} note @param {number[]} shape @param {Record<'starts' | 'ends' | 'axes' | 'steps', number[]>} at */
const slice = (note, shape, {starts, ends, axes, steps}) =>
  single('Slice', note, {
    x: random(shape),
    ...{
      starts: fixed(i64(...starts)),
      ends: fixed(i64(...ends)),
      axes: fixed(i64(...axes)),
      steps: fixed(i64(...steps)),
    },
  });
/** @param {string} note @param {number[]} shape @param {number[]} pads @param {string} mode @param {number} [value] */
const pad = (note, shape, pads, mode, value = 0) =>
  single(
    'Pad',
    note,
    {x: random(shape), pads: fixed(i64(...pads)), value: fixed(scalar('float32', value))},
    {attributes: {mode}},
  );
const three = {
  outputs: {
    a: /** @type {const} */ ('float32'),
    b: /** @type {const} */ ('float32'),
    c: /** @type {const} */ ('float32'),
  },
};

export const cases = [
  transpose('two dimensions', [5, 7], [1, 0]),
  transpose('channels last', [2, 3, 4, 5], [0, 2, 3, 1]),
  transpose('channels first', [2, 4, 5, 3], [0, 3, 1, 2]),
  transpose('heads', [2, 7, 4, 8], [0, 2, 1, 3]),
  transpose('five dimensions', [2, 3, 2, 4, 3], [4, 2, 0, 3, 1]),
  transpose('odd sizes, 33 by 65', [33, 65], [1, 0]),
  single(
    'Transpose',
    'int64',
    {x: random([3, 4], {low: 0, high: 99, dtype: 'int64'})},
    {attributes: {perm: [1, 0]}, ...asInt64},
  ),
  single('Reshape', 'with 0 and -1', {x: random([2, 3, 4]), shape: fixed(i64(0, -1))}),
  single('Flatten', 'axis 2', {x: random([2, 3, 4, 5])}, {attributes: {axis: 2}}),
  single('Squeeze', 'two axes', {x: random([1, 3, 1, 4]), axes: fixed(i64(0, 2))}),
  single('Unsqueeze', 'two axes', {x: random([3, 4]), axes: fixed(i64(0, 3))}),
  single('Concat', 'axis 0', {a: random([2, 3]), b: random([4, 3])}, {attributes: {axis: 0}}),
  single(
    'Concat',
    'last axis, three',
    {a: random([2, 3]), b: random([2, 1]), c: random([2, 5])},
    {attributes: {axis: -1}},
  ),
  single('Concat', 'channels', {a: random([1, 3, 4, 4]), b: random([1, 5, 4, 4])}, {attributes: {axis: 1}}),
  single('Concat', 'int64', {a: i64(1, 2), b: i64(2 ** 40)}, {attributes: {axis: 0}, ...asInt64}),
  single(
    'Concat',
    'one is empty',
    {a: random([2, 3]), b: fixed(tensor('float32', [0, 3], []))},
    {attributes: {axis: 0}},
  ),
  single('Split', 'equal', {x: random([2, 9])}, {attributes: {axis: 1, num_outputs: 3}, ...three}),
  single('Split', 'uneven sizes', {x: random([2, 9]), sizes: fixed(i64(2, 3, 4))}, {attributes: {axis: 1}, ...three}),
  slice('inside', [5, 6], {starts: [1, 2], ends: [4, 5], axes: [0, 1], steps: [1, 1]}),
  slice('negative', [5, 6], {starts: [-3], ends: [-1], axes: [1], steps: [1]}),
  slice('backwards', [5, 6], {starts: [-1], ends: [-1000], axes: [0], steps: [-1]}),
  slice('steps of 2, past the end', [5, 7], {starts: [0, 1], ends: [1000, 1000], axes: [0, 1], steps: [2, 3]}),
  slice('channels of images', [1, 8, 5, 5], {starts: [4], ends: [8], axes: [1], steps: [1]}),
  pad('constant', [2, 3], [1, 0, 0, 2], 'constant', 1.5),
  pad('images', [1, 2, 4, 4], [0, 0, 1, 1, 0, 0, 1, 1], 'constant'),
  pad('reflect', [1, 1, 4, 5], [0, 0, 2, 3, 0, 0, 1, 2], 'reflect'),
  pad('edge', [1, 1, 4, 5], [0, 0, 2, 3, 0, 0, 1, 2], 'edge'),
  pad('wrap', [4, 5], [1, 2, 2, 1], 'wrap'),
  pad('negative crops', [4, 5], [-1, 0, 0, -2], 'constant'),
  single('Tile', 'both axes', {x: random([2, 3]), repeats: fixed(i64(2, 3))}),
  single('Expand', 'both ways', {x: random([3, 1]), shape: fixed(i64(2, 1, 4))}),
  single('DepthToSpace', 'DCR', {x: random([1, 8, 3, 3])}, {attributes: {blocksize: 2, mode: 'DCR'}}),
  single('DepthToSpace', 'CRD', {x: random([1, 8, 3, 3])}, {attributes: {blocksize: 2, mode: 'CRD'}}),
  single('SpaceToDepth', '2', {x: random([1, 2, 6, 6])}, {attributes: {blocksize: 2}}),
  single('Shape', 'of images', {x: random([1, 2, 6, 6])}, asInt64),
  single('Size', 'of images', {x: random([1, 2, 6, 6])}, asInt64),
  single('Range', 'float', {start: scalar('float32', 1), limit: scalar('float32', 2), step: scalar('float32', 0.25)}),
  single(
    'Range',
    'int64, down',
    {start: scalar('int64', 10), limit: scalar('int64', 1), step: scalar('int64', -3)},
    asInt64,
  ),
  single('ConstantOfShape', 'ones', {shape: i64(2, 3)}, {attributes: {value: f32(1)}}),
  single('OneHot', 'last axis', {indices: i64(0, 2, -1), depth: fixed(scalar('int64', 4)), values: fixed(f32(0, 1))}),
  single('Trilu', 'upper', {x: random([4, 5])}),
  single('Trilu', 'lower, one above', {x: random([4, 5]), k: fixed(scalar('int64', 1))}, {attributes: {upper: 0}}),
  single('EyeLike', 'second diagonal', {x: random([3, 4])}, {attributes: {k: 1, dtype: dataTypeOf('float32')}}),
  single('ReverseSequence', 'times', {x: random([4, 3]), lengths: fixed(i64(1, 4, 2))}),
  single('NonZero', 'floats', {x: f32(0, 1, 0, -2)}, asInt64),
  single(
    'Compress',
    'axis 1',
    {x: random([2, 4]), which: fixed(tensor('bool', [4], [1, 0, 0, 1]))},
    {attributes: {axis: 1}},
  ),
  single('Unique', 'sorted', {x: f32(3, 1, 3, 2, 1)}, {outputs: {y: 'float32'}}),
  graph('Slice', 'to nothing, then summed', {
    nodes: [
      {op: 'Slice', inputs: ['x', 'from', 'from'], outputs: ['none']},
      {op: 'ReduceSum', inputs: ['none', 'axes'], outputs: ['y']},
    ],
    inputs: {x: random([4, 3])},
    weights: {from: i64(2), axes: i64(0)},
    outputs: {y: 'float32'},
  }),
  graph('MatMul', 'over nothing is zero', {
    nodes: [
      {op: 'Slice', inputs: ['x', 'from', 'from', 'axis'], outputs: ['none']},
      {op: 'MatMul', inputs: ['none', 'w'], outputs: ['y']},
    ],
    inputs: {x: random([4, 3])},
    weights: {from: i64(0), axis: i64(1), w: tensor('float32', [0, 2], [])},
    outputs: {y: 'float32'},
  }),
  single('Dropout', 'does nothing', {x: random([3, 4]), ratio: fixed(scalar('float32', 0.5))}),
  single('Identity', 'scalar', {x: scalar('float32', 7)}),
  single('Selu', 'a dimension of 1 all round', {x: random([1, 1, 1, 1, 1])}, {attributes: {alpha: float(1.5)}}),
];
