import {single} from '../case.mjs';
import {random} from '../tensors.mjs';

/** @param {string} op @param {string} note @param {number[]} shape @param {object} attributes */
const pool = (op, note, shape, attributes) => single(op, note, {x: random(shape)}, {attributes: {...attributes}});
const two = {kernel_shape: [2, 2], strides: [2, 2]};
const three = {kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]};

export const cases = [
  pool('MaxPool', '2x2', [1, 3, 8, 8], two),
  pool('MaxPool', 'padded', [1, 3, 9, 9], three),
  pool('MaxPool', 'ceiling', [1, 3, 8, 8], {...three, pads: [0, 0, 0, 0], ceil_mode: 1}),
  pool('MaxPool', 'dilated', [1, 2, 10, 10], {kernel_shape: [3, 3], dilations: [2, 2]}),
  pool('MaxPool', 'same upper', [1, 2, 7, 7], {kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER'}),
  pool('MaxPool', 'one dimension', [1, 4, 17], {kernel_shape: [3], strides: [2]}),
  pool('MaxPool', 'three dimensions', [1, 2, 4, 6, 6], {kernel_shape: [2, 2, 2], strides: [2, 2, 2]}),
  single('MaxPool', 'all below zero, padded', {x: random([1, 2, 5, 5], {low: -9, high: -1})}, {attributes: three}),
  pool('AveragePool', '2x2', [1, 3, 8, 8], two),
  pool('AveragePool', 'padded, without the pad', [1, 3, 9, 9], three),
  pool('AveragePool', 'padded, with the pad', [1, 3, 9, 9], {...three, count_include_pad: 1}),
  pool('AveragePool', 'ceiling', [1, 3, 8, 8], {...three, pads: [0, 0, 0, 0], ceil_mode: 1}),
  pool('AveragePool', 'same lower', [1, 2, 7, 7], {kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_LOWER'}),
  pool('AveragePool', 'one dimension', [1, 4, 17], {kernel_shape: [4], strides: [3]}),
  pool('LpPool', '2x2', [1, 3, 8, 8], two),
  pool('GlobalAveragePool', 'square', [2, 5, 7, 7], {}),
  pool('GlobalAveragePool', 'one dimension', [2, 5, 100], {}),
  pool('GlobalMaxPool', 'square', [2, 5, 7, 7], {}),
];
