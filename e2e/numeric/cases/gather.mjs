import {fixed, single} from '../case.mjs';
import {f32, i64, random, tensor} from '../tensors.mjs';

const at = (/** @type {number[]} */ shape, /** @type {number[]} */ ...values) => fixed(tensor('int64', shape, values));
/** @param {string} note @param {string} reduction */
const scatterElements = (note, reduction) =>
  single(
    'ScatterElements',
    note,
    {x: random([4, 3]), indices: at([2, 3], 0, 1, 2, 0, 3, 2), updates: random([2, 3])},
    {attributes: {axis: 0, reduction}},
  );

export const cases = [
  single('Gather', 'rows of an embedding', {
    x: fixed(random([50, 8])),
    indices: tensor('int64', [2, 3], [0, 49, 7, 7, 1, 30]),
  }),
  single('Gather', 'int32 indices', {x: fixed(random([50, 8])), indices: tensor('int32', [3], [0, 49, 7])}),
  single('Gather', 'negative', {x: random([5, 4]), indices: at([2], -1, -5)}),
  single('Gather', 'axis 1', {x: random([3, 6, 2]), indices: at([2], 5, 0)}, {attributes: {axis: 1}}),
  single('Gather', 'one number', {x: random([3, 4]), indices: at([], 1)}),
  single('Gather', 'of int64', {x: i64(1, 2 ** 40, 3), indices: at([2], 1, 0)}, {outputs: {y: 'int64'}}),
  single(
    'GatherElements',
    'axis 1',
    {x: random([3, 4]), indices: at([3, 2], 0, 3, 1, 1, -1, 0)},
    {attributes: {axis: 1}},
  ),
  single('GatherND', 'points', {x: random([3, 4]), indices: at([2, 2], 0, 1, 2, 3)}),
  single('GatherND', 'rows', {x: random([3, 4]), indices: at([2, 1], 2, 0)}),
  single(
    'GatherND',
    'a batch dimension',
    {x: random([2, 3, 4]), indices: at([2, 1], 1, 0)},
    {attributes: {batch_dims: 1}},
  ),
  single('ScatterElements', 'replace', {x: random([4, 3]), indices: at([1, 3], 0, 1, 3), updates: random([1, 3])}),
  scatterElements('add', 'add'),
  scatterElements('multiply', 'mul'),
  scatterElements('maximum', 'max'),
  single('ScatterND', 'rows', {x: random([4, 3]), indices: at([2, 1], 3, 0), updates: random([2, 3])}),
  single(
    'ScatterND',
    'add, the same row twice',
    {x: random([4, 3]), indices: at([3, 1], 3, 0, 3), updates: random([3, 3])},
    {attributes: {reduction: 'add'}},
  ),
  single('ScatterND', 'points', {x: f32(1, 2, 3, 4), indices: at([2, 1], 2, 0), updates: f32(9, 8)}),
];
