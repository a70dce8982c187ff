import {fixed, single} from '../case.mjs';
import {float} from '../onnx.mjs';
import {f32, i64, random, tensor} from '../tensors.mjs';

const up = fixed(f32(1, 1, 2, 2));
const down = fixed(f32(1, 1, 0.6, 0.6));
const small = () => random([1, 2, 4, 5]);
const large = () => random([1, 2, 10, 10]);
/** @param {string} note @param {import('../tensors.mjs').Tensor} x @param {ReturnType<typeof fixed>} scales @param {object} attributes */
const resize = (note, x, scales, attributes) =>
  single('Resize', note, {x, roi: undefined, scales}, {attributes: {...attributes}});
/** @param {string} coordinate_transformation_mode */
const linear = coordinate_transformation_mode => ({mode: 'linear', coordinate_transformation_mode});
const grid = () => random([1, 3, 4, 2], {low: -1.2, high: 1.2});
/** @param {string} note @param {object} attributes */
const sample = (note, attributes) =>
  single('GridSample', note, {x: random([1, 2, 5, 5]), grid: grid()}, {attributes: {...attributes}});

export const cases = [
  resize('nearest', small(), up, {mode: 'nearest'}),
  resize('nearest, asymmetric, floor', small(), up, {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  }),
  resize('nearest, ceil, down', large(), down, {mode: 'nearest', nearest_mode: 'ceil'}),
  resize('nearest, round half up', small(), fixed(f32(1, 1, 1.5, 1.5)), {
    mode: 'nearest',
    nearest_mode: 'round_prefer_ceil',
  }),
  resize('nearest, three times', small(), fixed(f32(1, 1, 3, 3)), {mode: 'nearest'}),
  resize('linear, half pixel', small(), up, linear('half_pixel')),
  resize('linear, align corners', small(), up, linear('align_corners')),
  resize('linear, asymmetric', small(), up, linear('asymmetric')),
  resize('linear, pytorch half pixel', small(), fixed(f32(1, 1, 2, 3)), linear('pytorch_half_pixel')),
  resize('linear, down', large(), down, linear('half_pixel')),
  resize('linear, down, antialias', large(), down, {...linear('half_pixel'), antialias: 1}),
  resize('cubic', small(), up, {mode: 'cubic'}),
  resize('cubic, coefficient -0.5, align corners', small(), up, {
    mode: 'cubic',
    cubic_coeff_a: float(-0.5),
    coordinate_transformation_mode: 'align_corners',
  }),
  resize('cubic, down, exclude outside', large(), down, {mode: 'cubic', exclude_outside: 1}),
  single(
    'Resize',
    'to a size',
    {x: small(), roi: undefined, scales: undefined, sizes: fixed(i64(1, 2, 7, 3))},
    {attributes: linear('half_pixel')},
  ),
  resize('one dimension', random([1, 3, 8]), fixed(f32(1, 1, 2.5)), linear('half_pixel')),
  resize('channels last', random([1, 4, 4, 3]), fixed(f32(1, 2, 2, 1)), linear('half_pixel')),
  single('Upsample', 'nearest, opset 9', {x: small(), scales: up}, {attributes: {mode: 'nearest'}, opset: 9}),
  sample('linear', {mode: 'linear'}),
  sample('linear, align corners, border', {mode: 'linear', align_corners: 1, padding_mode: 'border'}),
  sample('nearest, reflection', {mode: 'nearest', padding_mode: 'reflection'}),
  sample('cubic', {mode: 'cubic'}),
  single(
    'RoiAlign',
    'average',
    {
      x: random([1, 2, 8, 8]),
      rois: fixed(tensor('float32', [2, 4], [0, 0, 4, 4, 1.5, 2, 7, 6])),
      batch: fixed(i64(0, 0)),
    },
    {attributes: {output_height: 3, output_width: 3, sampling_ratio: 2}},
  ),
];
