import {fixed, single} from '../case.mjs';
import {dataTypeOf, float} from '../onnx.mjs';
import {f32, ramp, random, scalar, tensor} from '../tensors.mjs';

/** One input, over a range of values. @param {string} op @param {import('../tensors.mjs').Tensor} x @param {object} [attributes] @param {string} [note] */
const unary = (op, x, attributes = {}, note = 'range') => single(op, note, {x}, {attributes: {...attributes}});
const around = ramp(-6, 6, 101);
const positive = ramp(0.01, 20, 101);
const unit = ramp(-0.99, 0.99, 101);

const activations = [
  unary('Relu', around),
  unary('LeakyRelu', around, {alpha: float(0.2)}),
  unary('Elu', around, {alpha: float(1.5)}),
  unary('Selu', around),
  unary('Celu', around, {alpha: float(2)}),
  unary('Sigmoid', around),
  unary('HardSigmoid', around, {alpha: float(0.2), beta: float(0.5)}),
  unary('HardSwish', around),
  unary('Softplus', around),
  unary('Softsign', around),
  unary('Tanh', around),
  unary('Gelu', around, {}, 'exact'),
  unary('Gelu', around, {approximate: 'tanh'}, 'by tanh'),
  unary('Mish', around),
  unary('ThresholdedRelu', around, {alpha: float(1)}),
  unary('Erf', around),
  single('QuickGelu', 'range', {x: around}, {domain: 'com.microsoft', attributes: {alpha: float(1.702)}}),
  single('FastGelu', 'with bias', {x: random([3, 8]), b: fixed(random([8]))}, {domain: 'com.microsoft'}),
  single('BiasGelu', 'range', {x: random([3, 8]), b: fixed(random([8]))}, {domain: 'com.microsoft'}),
  single('PRelu', 'one slope a channel', {x: random([1, 4, 5, 5]), slope: fixed(random([4, 1, 1]))}),
  single('Clip', 'both ends', {x: around, low: fixed(scalar('float32', -1)), high: fixed(scalar('float32', 2))}),
  single('Clip', 'low end', {x: around, low: fixed(scalar('float32', -1))}),
  single('Clip', 'high end', {x: around, low: undefined, high: fixed(scalar('float32', 2))}),
];

const functions = [
  unary('Abs', around),
  unary('Neg', around),
  unary('Sign', around),
  unary('Ceil', around),
  unary('Floor', around),
  single('Round', 'ties go to even', {x: f32(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997, 1e7)}),
  unary('Sqrt', positive),
  unary('Reciprocal', positive),
  unary('Exp', around),
  unary('Log', positive),
  unary('Sin', ramp(-20, 20, 101)),
  unary('Cos', ramp(-20, 20, 101)),
  unary('Tan', ramp(-1.5, 1.5, 101), {}, 'inside one period'),
  unary('Asin', unit),
  unary('Acos', unit),
  unary('Atan', around),
  unary('Sinh', around),
  unary('Cosh', around),
  unary('Asinh', around),
  unary('Acosh', ramp(1, 20, 101)),
  unary('Atanh', unit),
  single('Not', 'both', {x: tensor('bool', [4], [1, 0, 0, 1])}, {outputs: {y: 'bool'}}),
];

/** Two inputs of these shapes. @param {string} op @param {string} note @param {number[]} a @param {number[]} b @param {{low?: number, high?: number}} [values] */
const binary = (op, note, a, b, values = {}) => single(op, note, {a: random(a, values), b: random(b, values)});
const asBool = {outputs: {y: /** @type {const} */ ('bool')}};
const asInt32 = {outputs: {y: /** @type {const} */ ('int32')}};

const pairs = [
  binary('Add', 'same shape', [3, 5], [3, 5]),
  binary('Add', 'a row', [3, 5], [5]),
  binary('Add', 'a column', [3, 5], [3, 1]),
  binary('Add', 'both ways', [3, 1, 5], [1, 4, 1]),
  binary('Add', 'a channel of images', [2, 4, 5, 5], [4, 1, 1]),
  single('Add', 'a scalar', {a: random([3, 5]), b: fixed(scalar('float32', 0.5))}),
  binary('Add', 'six dimensions', [2, 1, 3, 1, 2, 2], [1, 2, 1, 4, 1, 2]),
  binary('Sub', 'both ways', [3, 1], [1, 4]),
  binary('Mul', 'both ways', [3, 1], [1, 4]),
  binary('Div', 'both ways', [3, 1], [1, 4], {low: 0.5, high: 2}),
  single(
    'Div',
    'int32 goes towards zero',
    {a: tensor('int32', [6], [7, -7, 7, -7, 1, 0]), b: tensor('int32', [6], [2, 2, -2, -2, 3, 5])},
    asInt32,
  ),
  single(
    'Add',
    'int32',
    {a: random([20], {low: -1e9, high: 1e9, dtype: 'int32'}), b: random([20], {low: -1e9, high: 1e9, dtype: 'int32'})},
    asInt32,
  ),
  single(
    'Mul',
    'int32',
    {a: random([20], {low: -4e4, high: 4e4, dtype: 'int32'}), b: random([20], {low: -4e4, high: 4e4, dtype: 'int32'})},
    asInt32,
  ),
  single('Pow', 'positive', {a: ramp(0.1, 4, 40), b: ramp(-3, 3, 40)}),
  single('Pow', 'of a negative number', {a: f32(-2, -2, -3, -0.5), b: f32(2, 3, 4, 5)}),
  single('Pow', 'square', {a: around, b: fixed(scalar('float32', 2))}),
  single(
    'Mod',
    'int32, sign of the divisor',
    {a: tensor('int32', [6], [7, -7, 7, -7, 6, 0]), b: tensor('int32', [6], [3, 3, -3, -3, 3, 5])},
    asInt32,
  ),
  single(
    'Mod',
    'floating, sign of the dividend',
    {a: f32(5.3, -5.3, 5.3, -5.3), b: f32(2, 2, -2, -2)},
    {attributes: {fmod: 1}},
  ),
  single('Max', 'three', {a: random([3, 4]), b: random([4]), c: random([3, 1])}),
  single('Min', 'three', {a: random([3, 4]), b: random([4]), c: random([3, 1])}),
  single('Mean', 'three', {a: random([3, 4]), b: random([4]), c: random([3, 1])}),
  single('Sum', 'three', {a: random([3, 4]), b: random([4]), c: random([3, 1])}),
  single('Greater', 'some equal', {a: f32(1, 2, 3, -0), b: f32(2, 2, 2, 0)}, asBool),
  single('GreaterOrEqual', 'some equal', {a: f32(1, 2, 3, -0), b: f32(2, 2, 2, 0)}, asBool),
  single('Less', 'some equal', {a: f32(1, 2, 3, -0), b: f32(2, 2, 2, 0)}, asBool),
  single('LessOrEqual', 'int32', {a: tensor('int32', [3], [1, 2, 3]), b: tensor('int32', [3], [2, 2, 2])}, asBool),
  single('Equal', 'float', {a: f32(1, 2, 3, -0), b: f32(2, 2, 2, 0)}, asBool),
  single(
    'Equal',
    'int64',
    {a: tensor('int64', [3], [1, 2 ** 40, 2 ** 40 + 1]), b: tensor('int64', [3], [1, 2 ** 40, 2 ** 40])},
    asBool,
  ),
  ...['And', 'Or', 'Xor'].map(op =>
    single(op, 'all four', {a: tensor('bool', [4], [0, 0, 1, 1]), b: tensor('bool', [4], [0, 1, 0, 1])}, asBool),
  ),
  single('Where', 'both ways', {c: tensor('bool', [3, 1], [1, 0, 1]), a: random([1, 4]), b: random([3, 4])}),
  single(
    'Where',
    'int64',
    {c: tensor('bool', [3], [1, 0, 1]), a: tensor('int64', [3], [1, 2, 3]), b: tensor('int64', [1], [-1])},
    {outputs: {y: 'int64'}},
  ),
  single(
    'BitShift',
    'left',
    {a: tensor('uint8', [4], [1, 2, 128, 255]), b: tensor('uint8', [4], [1, 3, 1, 4])},
    {attributes: {direction: 'LEFT'}, outputs: {y: 'uint8'}},
  ),
  single(
    'BitwiseAnd',
    'int32',
    {a: random([8], {low: 0, high: 1e9, dtype: 'int32'}), b: random([8], {low: 0, high: 1e9, dtype: 'int32'})},
    asInt32,
  ),
  single('CastLike', 'to int32', {a: f32(-1.7, 1.7), b: fixed(tensor('int32', [1], [0]))}, asInt32),
];

/** @param {string} note @param {import('../tensors.mjs').Tensor} x @param {import('@kedge/core').DType} to */
const cast = (note, x, to) => single('Cast', note, {x}, {attributes: {to: dataTypeOf(to)}, outputs: {y: to}});

const casts = [
  cast('float32 to int32, towards zero', f32(-2.7, -0.5, 0.5, 2.7, 1e9), 'int32'),
  cast('float32 to int64', f32(-2.7, 0.5, 2.7, 1e12), 'int64'),
  cast('float32 to uint8', f32(0, 0.9, 1.1, 254.9), 'uint8'),
  cast('float32 to bool', f32(0, -0, 0.1, -3), 'bool'),
  cast('float32 to float16', f32(0, 1.0009766, -65504, 1e-7, 3.14159), 'float16'),
  cast('float16 to float32', tensor('float16', [5], [0, 1.5, -65504, 1e-7, 3.14159]), 'float32'),
  cast('int64 to float32', tensor('int64', [4], [-1, 0, 2 ** 24 + 1, 2 ** 40]), 'float32'),
  cast('int32 to float32', tensor('int32', [4], [-1, 0, 2 ** 24 + 1, 2 ** 31 - 1]), 'float32'),
  cast('int64 to int32', tensor('int64', [4], [-1, 0, 7, 2 ** 31 - 1]), 'int32'),
  cast('uint8 to float32', tensor('uint8', [4], [0, 1, 127, 255]), 'float32'),
  cast('int8 to float32', tensor('int8', [4], [-128, -1, 0, 127]), 'float32'),
  cast('bool to float32', tensor('bool', [2], [0, 1]), 'float32'),
  cast('bool to int64', tensor('bool', [2], [0, 1]), 'int64'),
];

export const cases = [...activations, ...functions, ...pairs, ...casts];
