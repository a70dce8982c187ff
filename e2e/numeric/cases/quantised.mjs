import {fixed, graph, single} from '../case.mjs';
import {f32, ramp, random, scalar, tensor} from '../tensors.mjs';

/** @typedef {import('@kedge/core').DType} DType */
const u8 = (/** @type {number[]} */ ...shape) => random(shape, {low: 0, high: 256, dtype: 'uint8'});
const i8 = (/** @type {number[]} */ ...shape) => random(shape, {low: -128, high: 128, dtype: 'int8'});
/** One scale or zero point for all, or one for each channel. @param {number} first @param {...number} rest */
const scale = (first, ...rest) => fixed(rest.length ? f32(first, ...rest) : scalar('float32', first));
/** @param {DType} dtype @param {number} first @param {...number} rest */
const zero = (dtype, first, ...rest) =>
  fixed(rest.length ? tensor(dtype, [rest.length + 1], [first, ...rest]) : scalar(dtype, first));
const as = (/** @type {DType} */ y) => ({outputs: {y}});
const spread = ramp(-3, 3, 61);
const microsoft = {domain: 'com.microsoft'};

/** Weights of 4 bits, two in a byte, a scale for each block of 32. @param {number} n @param {number} k */
const fourBits = (n, k) => ({
  b: fixed(random([n, k / 32, 16], {low: 0, high: 256, dtype: 'uint8'})),
  scales: fixed(random([n * (k / 32)], {low: 0.01, high: 0.1})),
});

export const cases = [
  single('QuantizeLinear', 'uint8', {x: spread, s: scale(0.025), z: zero('uint8', 128)}, as('uint8')),
  single('QuantizeLinear', 'int8', {x: spread, s: scale(0.05), z: zero('int8', -3)}, as('int8')),
  single(
    'QuantizeLinear',
    'ties go to even, ends are kept',
    {x: f32(0.5, 1.5, 2.5, -0.5, 1000, -1000), s: scale(1), z: zero('int8', 0)},
    as('int8'),
  ),
  single(
    'QuantizeLinear',
    'one scale a channel',
    {x: random([2, 3, 4]), s: scale(0.01, 0.02, 0.05), z: zero('uint8', 100, 128, 90)},
    {attributes: {axis: 1}, ...as('uint8')},
  ),
  single('DequantizeLinear', 'uint8', {x: u8(4, 5), s: scale(0.025), z: zero('uint8', 128)}),
  single('DequantizeLinear', 'int8', {x: i8(4, 5), s: scale(0.05), z: zero('int8', -3)}),
  single(
    'DequantizeLinear',
    'one scale a channel',
    {x: i8(2, 3, 4), s: scale(0.01, 0.02, 0.05), z: zero('int8', 0, 5, -7)},
    {attributes: {axis: 1}},
  ),
  single('DequantizeLinear', 'int32', {x: random([6], {low: -1e6, high: 1e6, dtype: 'int32'}), s: scale(0.001)}),
  single(
    'DynamicQuantizeLinear',
    'range',
    {x: random([4, 8], {low: -2, high: 5})},
    {outputs: {y: 'uint8', s: 'float32', z: 'uint8'}},
  ),
  single(
    'DynamicQuantizeLinear',
    'all above zero',
    {x: random([4, 8], {low: 1, high: 5})},
    {outputs: {y: 'uint8', s: 'float32', z: 'uint8'}},
  ),
  single(
    'MatMulInteger',
    'uint8, int8',
    {a: u8(5, 16), b: fixed(i8(16, 7)), za: zero('uint8', 128), zb: zero('int8', 3)},
    as('int32'),
  ),
  single(
    'MatMulInteger',
    'uint8, uint8',
    {a: u8(5, 16), b: fixed(u8(16, 7)), za: zero('uint8', 128), zb: zero('uint8', 120)},
    as('int32'),
  ),
  single('MatMulInteger', 'batches', {a: u8(2, 5, 16), b: fixed(i8(16, 7)), za: zero('uint8', 99)}, as('int32')),
  single(
    'ConvInteger',
    '3x3',
    {x: u8(1, 3, 6, 6), w: fixed(u8(4, 3, 3, 3)), zx: zero('uint8', 128), zw: zero('uint8', 110)},
    as('int32'),
  ),
  single(
    'QLinearMatMul',
    'uint8, int8',
    {
      ...{a: u8(5, 16), sa: scale(0.02), za: zero('uint8', 128)},
      ...{b: fixed(i8(16, 7)), sb: scale(0.01), zb: zero('int8', 0)},
      ...{sy: scale(0.1), zy: zero('uint8', 128)},
    },
    as('uint8'),
  ),
  single(
    'QLinearConv',
    '3x3 with bias',
    {
      ...{x: u8(1, 3, 6, 6), sx: scale(0.02), zx: zero('uint8', 128)},
      ...{w: fixed(i8(4, 3, 3, 3)), sw: scale(0.01), zw: zero('int8', 0)},
      ...{sy: scale(0.1), zy: zero('uint8', 128), b: fixed(random([4], {low: -999, high: 999, dtype: 'int32'}))},
    },
    as('uint8'),
  ),
  single(
    'QLinearConv',
    'one scale a channel',
    {
      ...{x: u8(1, 3, 6, 6), sx: scale(0.02), zx: zero('uint8', 128)},
      ...{w: fixed(i8(2, 3, 3, 3)), sw: scale(0.01, 0.02), zw: zero('int8', 0, 0)},
      ...{sy: scale(0.1), zy: zero('uint8', 128)},
    },
    as('uint8'),
  ),
  single(
    'QLinearAdd',
    'uint8',
    {
      ...{a: u8(3, 8), sa: scale(0.02), za: zero('uint8', 128)},
      ...{b: u8(3, 8), sb: scale(0.03), zb: zero('uint8', 100)},
      ...{sy: scale(0.05), zy: zero('uint8', 128)},
    },
    {...microsoft, ...as('uint8')},
  ),
  single(
    'QLinearSigmoid',
    'uint8',
    {x: u8(40), sx: scale(0.05), zx: zero('uint8', 128), sy: scale(1 / 256), zy: zero('uint8', 0)},
    {...microsoft, ...as('uint8')},
  ),
  single(
    'MatMulNBits',
    '4 bits',
    {a: random([3, 64]), ...fourBits(10, 64)},
    {...microsoft, attributes: {K: 64, N: 10, bits: 4, block_size: 32}},
  ),
  single(
    'MatMulNBits',
    '4 bits, one row',
    {a: random([1, 128]), ...fourBits(32, 128)},
    {...microsoft, attributes: {K: 128, N: 32, bits: 4, block_size: 32}},
  ),
  single(
    'DynamicQuantizeMatMul',
    'with bias',
    {a: random([4, 16]), b: fixed(i8(16, 6)), sb: scale(0.01), zb: zero('int8', 0), bias: fixed(random([6]))},
    {...microsoft, tolerance: {absolute: 0.05}},
  ),
  graph('Conv, quantised and back', 'weights and activations', {
    nodes: [
      {op: 'QuantizeLinear', inputs: ['x', 'sx', 'zx'], outputs: ['xq']},
      {op: 'DequantizeLinear', inputs: ['xq', 'sx', 'zx'], outputs: ['xd']},
      {op: 'DequantizeLinear', inputs: ['wq', 'sw', 'zw'], outputs: ['w']},
      {op: 'Conv', inputs: ['xd', 'w'], outputs: ['y'], attributes: {pads: [1, 1, 1, 1]}},
    ],
    inputs: {x: random([1, 3, 6, 6])},
    weights: {
      ...{sx: scalar('float32', 1 / 127), zx: scalar('int8', 0), wq: i8(4, 3, 3, 3)},
      ...{sw: scalar('float32', 0.01), zw: scalar('int8', 0)},
    },
    outputs: {y: 'float32'},
  }),
  graph('Gemm, quantised on the fly', 'as dynamic quantisation writes it', {
    nodes: [
      {op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['xq', 'sx', 'zx']},
      {op: 'MatMulInteger', inputs: ['xq', 'w', 'zx', 'zw'], outputs: ['m']},
      {op: 'Cast', inputs: ['m'], outputs: ['f'], attributes: {to: 1}},
      {op: 'Mul', inputs: ['sx', 'sw'], outputs: ['s']},
      {op: 'Mul', inputs: ['f', 's'], outputs: ['p']},
      {op: 'Add', inputs: ['p', 'b'], outputs: ['y']},
    ],
    inputs: {x: random([4, 32])},
    weights: {w: i8(32, 10), zw: scalar('int8', 0), sw: scalar('float32', 0.01), b: random([10])},
    outputs: {y: 'float32'},
  }),
];
