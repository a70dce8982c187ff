import {float} from '../onnx.mjs';
import {i64, random} from '../tensors.mjs';
import {attr, tfGraph} from '../tfjs.mjs';

/** @typedef {import('../onnx.mjs').Node} Node */

const T = attr.type('float32');
const [channelsFirst, channelsLast] = [
  [0, 3, 1, 2],
  [0, 2, 3, 1],
];

/** TensorFlow has channels last, ONNX first. @param {Node[]} nodes from `first` to `last` @returns {Node[]} */
const turned = nodes => [
  {op: 'Transpose', inputs: ['x'], outputs: ['first'], attributes: {perm: channelsFirst}},
  ...nodes,
  {op: 'Transpose', inputs: ['last'], outputs: ['y'], attributes: {perm: channelsLast}},
];

/** @typedef {{padding?: 'SAME' | 'VALID', stride?: number, dilation?: number}} Steps */

/** @param {Steps} steps */
const tfSteps = ({padding = 'VALID', stride = 1, dilation = 1}) => ({
  ...{T, padding: attr.text(padding), strides: attr.ints(1, stride, stride, 1), data_format: attr.text('NHWC')},
  dilations: attr.ints(1, dilation, dilation, 1),
});

/** @param {Steps} steps */
const onnxSteps = ({padding = 'VALID', stride = 1, dilation = 1}) => ({
  ...{auto_pad: padding === 'SAME' ? 'SAME_UPPER' : 'VALID', strides: [stride, stride]},
  ...(dilation > 1 && {dilations: [dilation, dilation]}),
});

/** @param {string} note @param {number[]} image @param {number[]} kernel @param {Steps} [steps] */
const conv = (note, image, kernel, steps = {}) =>
  tfGraph({
    ...{op: 'Conv2D', note, inputs: {x: random(image)}, weights: {w: random(kernel)}},
    nodes: [{op: 'Conv2D', inputs: ['x', 'w'], output: 'y', attributes: tfSteps(steps)}],
    onnx: [
      {op: 'Transpose', inputs: ['w'], outputs: ['k'], attributes: {perm: [3, 2, 0, 1]}},
      ...turned([{op: 'Conv', inputs: ['first', 'k'], outputs: ['last'], attributes: onnxSteps(steps)}]),
    ],
  });

/** @param {string} note @param {number[]} image @param {[h: number, w: number, channels: number, times: number]} kernel @param {Steps} [steps] */
const depthwise = (note, image, kernel, steps = {}) => {
  const [high, wide, channels, times] = kernel;
  return tfGraph({
    ...{op: 'DepthwiseConv2dNative', note, inputs: {x: random(image)}},
    weights: {w: random(kernel), shape: i64(channels * times, 1, high, wide)},
    nodes: [{op: 'DepthwiseConv2dNative', inputs: ['x', 'w'], output: 'y', attributes: tfSteps(steps)}],
    onnx: [
      {op: 'Transpose', inputs: ['w'], outputs: ['t'], attributes: {perm: [2, 3, 0, 1]}},
      {op: 'Reshape', inputs: ['t', 'shape'], outputs: ['k']},
      ...turned([
        {op: 'Conv', inputs: ['first', 'k'], outputs: ['last'], attributes: {...onnxSteps(steps), group: channels}},
      ]),
    ],
  });
};

/** @param {'MaxPool' | 'AvgPool'} op @param {string} note @param {number[]} image @param {number} size @param {Steps} steps */
const pool = (op, note, image, size, steps) =>
  tfGraph({
    ...{op, note, inputs: {x: random(image)}},
    nodes: [{op, inputs: ['x'], output: 'y', attributes: {...tfSteps(steps), ksize: attr.ints(1, size, size, 1)}}],
    onnx: turned([
      {
        ...{op: op === 'AvgPool' ? 'AveragePool' : op, inputs: ['first'], outputs: ['last']},
        attributes: {...onnxSteps(steps), kernel_shape: [size, size]},
      },
    ]),
  });

/** @param {string} note @param {number} times @param {number[]} image @param {{half?: boolean, align?: boolean, nearest?: boolean}} options */
const resize = (note, times, image, {half = false, align = false, nearest = false}) => {
  const [, high = 0, wide = 0] = image;
  const [op, mode] = nearest ? ['ResizeNearestNeighbor', 'nearest'] : ['ResizeBilinear', 'linear'];
  const corners = align ? 'align_corners' : half ? 'half_pixel' : 'asymmetric';
  const size = [high * times, wide * times];
  return tfGraph({
    ...{op, note, inputs: {x: random(image)}},
    constants: {size: {dtype: 'int32', shape: [2], data: Int32Array.from(size)}},
    weights: {sizes: i64(1, image[3] ?? 0, ...size)},
    nodes: [
      {
        ...{op, inputs: ['x', 'size'], output: 'y'},
        attributes: {T, align_corners: attr.flag(align), half_pixel_centers: attr.flag(half)},
      },
    ],
    onnx: turned([
      {
        ...{op: 'Resize', inputs: ['first', undefined, undefined, 'sizes'], outputs: ['last']},
        attributes: {mode, coordinate_transformation_mode: corners, ...(nearest && {nearest_mode: 'floor'})},
      },
    ]),
  });
};

const normalised = () => {
  const weights = {scale: random([5]), b: random([5]), mean: random([5]), v: random([5], {low: 0.5, high: 2})};
  const inputs = ['scale', 'b', 'mean', 'v'];
  const attributes = {T, epsilon: attr.float(1e-3), is_training: attr.flag(false), data_format: attr.text('NHWC')};
  return tfGraph({
    ...{op: 'FusedBatchNormV3', note: 'plain', inputs: {x: random([2, 4, 3, 5])}, weights},
    nodes: [{op: 'FusedBatchNormV3', inputs: ['x', ...inputs], output: 'y', attributes}],
    onnx: turned([
      {
        ...{op: 'BatchNormalization', inputs: ['first', ...inputs], outputs: ['last']},
        attributes: {epsilon: float(1e-3)},
      },
    ]),
  });
};

/** Images: convolution, pools, resizing, normalisation. */
export const cases = [
  conv('1x1', [1, 5, 5, 3], [1, 1, 3, 4]),
  conv('3x3', [2, 7, 6, 3], [3, 3, 3, 8]),
  conv('3x3 same', [1, 7, 6, 4], [3, 3, 4, 5], {padding: 'SAME'}),
  conv('3x3 same stride 2', [1, 8, 7, 3], [3, 3, 3, 6], {padding: 'SAME', stride: 2}),
  conv('5x5 stride 2', [1, 11, 11, 2], [5, 5, 2, 3], {stride: 2}),
  conv('3x3 dilated', [1, 9, 9, 2], [3, 3, 2, 4], {dilation: 2}),
  conv('3x3 of 64 channels', [1, 6, 6, 64], [3, 3, 64, 16]),
  depthwise('3x3', [1, 7, 7, 5], [3, 3, 5, 1]),
  depthwise('3x3 same, two of each', [1, 6, 6, 3], [3, 3, 3, 2], {padding: 'SAME'}),
  depthwise('3x3 same stride 2', [1, 8, 8, 4], [3, 3, 4, 1], {padding: 'SAME', stride: 2}),
  pool('MaxPool', '2x2', [1, 6, 6, 3], 2, {stride: 2}),
  pool('MaxPool', '3x3 same', [1, 7, 5, 2], 3, {padding: 'SAME', stride: 2}),
  pool('AvgPool', '2x2', [1, 6, 6, 3], 2, {stride: 2}),
  pool('AvgPool', '3x3 same leaves the border out', [1, 7, 5, 2], 3, {padding: 'SAME', stride: 1}),
  resize('twice', 2, [1, 4, 3, 2], {half: true}),
  resize('twice, corner to corner', 2, [1, 4, 3, 2], {align: true}),
  resize('twice, from the corner', 2, [1, 4, 3, 2], {}),
  resize('twice, nearest', 2, [1, 4, 3, 2], {nearest: true}),
  normalised(),
];
