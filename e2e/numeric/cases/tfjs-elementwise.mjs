import {dataTypeOf, float} from '../onnx.mjs';
import {ramp, random, scalar, tensor} from '../tensors.mjs';
import {attr, tfGraph} from '../tfjs.mjs';

/** @typedef {import('../tensors.mjs').Tensor} Tensor @typedef {import('../onnx.mjs').Node} Node */

const T = attr.type('float32');
const one = scalar('float32', 1);

/** @param {string} op @param {Tensor} x @param {{onnx?: Node[], attributes?: Record<string, object>, weights?: Record<string, Tensor>, note?: string}} [options] */
const unary = (op, x, {onnx, attributes, weights, note = 'of many'} = {}) =>
  tfGraph({
    ...{op, note, inputs: {x}, ...(weights && {weights})},
    nodes: [{op, inputs: ['x'], output: 'y', attributes: {T, ...attributes}}],
    onnx: onnx ?? [{op, inputs: ['x'], outputs: ['y']}],
  });

/** @param {string} op @param {string} same in ONNX @param {Tensor} a @param {Tensor} b @param {{note?: string, outputs?: Record<string, import('@kedge/core').DType>}} [options] */
const binary = (op, same, a, b, {note = 'with broadcast', outputs} = {}) =>
  tfGraph({
    ...{op, note, inputs: {a, b}, ...(outputs && {outputs})},
    nodes: [{op, inputs: ['a', 'b'], output: 'y', attributes: {T: attr.type(a.dtype)}}],
    onnx: [{op: same, inputs: ['a', 'b'], outputs: ['y']}],
  });

const many = ramp(-6, 6, 49);
const near = ramp(-0.99, 0.99, 41);
const above = ramp(0.01, 9, 37);
const halves = tensor('float32', [8], [-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 3.2]);
const [left, right] = [() => random([2, 3, 4]), () => random([3, 1])];
const positive = (/** @type {number[]} */ ...shape) => random(shape, {low: 0.5, high: 3});
const bool = {outputs: {y: /** @type {const} */ ('bool')}};

/** Activations, functions of each element, arithmetic and comparisons. */
export const cases = [
  ...['Relu', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Abs', 'Neg', 'Sign', 'Sin', 'Cos', 'Atan', 'Erf'].map(op =>
    unary(op, many),
  ),
  ...['Asin', 'Acos', 'Atanh', 'Tan'].map(op => unary(op, near)),
  ...['Exp', 'Sinh', 'Cosh', 'Asinh', 'Floor', 'Ceil'].map(op => unary(op, ramp(-5, 5, 43))),
  ...['Log', 'Sqrt', 'Reciprocal'].map(op => unary(op, above)),
  unary('Acosh', ramp(1, 9, 33)),
  unary('Round', halves, {note: 'halves'}),
  unary('Softplus', ramp(-100, 100, 41), {note: 'far from zero'}),
  unary('Tanh', ramp(-100, 100, 41), {note: 'far from zero'}),
  unary('Sigmoid', ramp(-100, 100, 41), {note: 'far from zero'}),
  unary('Relu6', many, {
    weights: {low: scalar('float32', 0), high: scalar('float32', 6)},
    onnx: [{op: 'Clip', inputs: ['x', 'low', 'high'], outputs: ['y']}],
  }),
  unary('LeakyRelu', many, {
    attributes: {alpha: attr.float(0.3)},
    onnx: [{op: 'LeakyRelu', inputs: ['x'], outputs: ['y'], attributes: {alpha: float(0.3)}}],
  }),
  unary('Square', many, {onnx: [{op: 'Mul', inputs: ['x', 'x'], outputs: ['y']}]}),
  unary('Rsqrt', above, {
    onnx: [
      {op: 'Sqrt', inputs: ['x'], outputs: ['root']},
      {op: 'Reciprocal', inputs: ['root'], outputs: ['y']},
    ],
  }),
  unary('Expm1', many, {
    weights: {one},
    onnx: [
      {op: 'Exp', inputs: ['x'], outputs: ['e']},
      {op: 'Sub', inputs: ['e', 'one'], outputs: ['y']},
    ],
  }),
  unary('Log1p', above, {
    weights: {one},
    onnx: [
      {op: 'Add', inputs: ['x', 'one'], outputs: ['s']},
      {op: 'Log', inputs: ['s'], outputs: ['y']},
    ],
  }),
  binary('AddV2', 'Add', left(), right()),
  binary('Sub', 'Sub', left(), right()),
  binary('Mul', 'Mul', left(), right()),
  binary('RealDiv', 'Div', left(), positive(3, 1)),
  binary('Pow', 'Pow', positive(2, 3, 4), right()),
  binary('Maximum', 'Max', left(), right()),
  binary('Minimum', 'Min', left(), right()),
  ...['Greater', 'Less', 'Equal'].map(op => binary(op, op, ramp(-2, 2, 9), tensor('float32', [1], [0.5]), bool)),
  ...[
    ['AddV2', 'Add'],
    ['Sub', 'Sub'],
    ['Mul', 'Mul'],
    ['Maximum', 'Max'],
  ].map(([op = '', same = '']) => {
    const ints = () => random([3, 4], {dtype: 'int32', low: -9, high: 9});
    return binary(op, same, ints(), ints(), {note: 'int32', outputs: {y: 'int32'}});
  }),
  binary(
    'Mul',
    'Mul',
    tensor('int32', [3], [70_001, -70_001, 123_456]),
    tensor('int32', [3], [30_011, 30_011, 17_001]),
    {
      ...{note: 'int32 beyond 2 to the 24', outputs: {y: 'int32'}},
    },
  ),
  ...['And', 'Or'].map(name => {
    const bits = (/** @type {number[]} */ ...values) => tensor('bool', [4], values);
    return binary(`Logical${name}`, name, bits(0, 0, 1, 1), bits(0, 1, 0, 1), {note: 'all four', ...bool});
  }),
  tfGraph({
    ...{op: 'SelectV2', note: 'by a mask', inputs: {a: left(), b: left()}},
    weights: {mask: tensor('bool', [4], [1, 0, 0, 1])},
    nodes: [{op: 'SelectV2', inputs: ['mask', 'a', 'b'], output: 'y', attributes: {T}}],
    onnx: [{op: 'Where', inputs: ['mask', 'a', 'b'], outputs: ['y']}],
  }),
  tfGraph({
    ...{op: 'Cast', note: 'float32 to int32', inputs: {x: ramp(-3.7, 3.7, 23)}, outputs: {y: 'int32'}},
    nodes: [{op: 'Cast', inputs: ['x'], output: 'y', attributes: {SrcT: T, DstT: attr.type('int32')}}],
    onnx: [{op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: {to: dataTypeOf('int32')}}],
  }),
];
