import {fixed, graph, single} from '../case.mjs';
import {dataTypeOf, float} from '../onnx.mjs';
import {f32, i64, ramp, random, scalar, tensor} from '../tensors.mjs';

const asInt64 = {outputs: {y: /** @type {const} */ ('int64')}};
const big = 2 ** 40;

/** `op`, and whether each answer is infinite or no number: what is not finite is no answer that a client passes on. */
const finite = (
  /** @type {string} */ op,
  /** @type {import('../tensors.mjs').Tensor} */ x,
  /** @type {string} */ test,
) =>
  graph(op, `then ${test}`, {
    nodes: [
      {op, inputs: ['x'], outputs: ['v']},
      {op: test, inputs: ['v'], outputs: ['t']},
      {op: 'Cast', inputs: ['t'], outputs: ['y'], attributes: {to: dataTypeOf('float32')}},
    ],
    inputs: {x},
    outputs: {y: 'float32'},
  });

/** x × a × b, so that what is between them shows: too small or too large to be a usual number. */
const product = (
  /** @type {string} */ note,
  /** @type {number} */ a,
  /** @type {number} */ b,
  /** @type {number[]} */ ...x
) =>
  graph('Mul', note, {
    nodes: [
      {op: 'Mul', inputs: ['x', 'a'], outputs: ['m']},
      {op: 'Mul', inputs: ['m', 'b'], outputs: ['y']},
    ],
    inputs: {x: f32(...x), a: scalar('float32', a), b: scalar('float32', b)},
    outputs: {y: 'float32'},
  });

const far = ramp(-100, 100, 41);

/** Where numbers are large, small, or of 64 bits. */
export const cases = [
  product('through denormals', 1e-30, 1e30, 1e-9, 2e-10, -1e-9),
  product('a denormal input', 1e20, 1e18, 1e-39, 1e-40, -1e-44),
  single(
    'Add',
    'denormals',
    {a: f32(1e-39, 1e-40), b: f32(1e-39, -1e-40)},
    {tolerance: {absolute: 1e-45, relative: 0}},
  ),
  product('near the largest number', 1e18, 1e-18, 1e20, 3e20, -3e20),
  single('Add', 'of 1e8 and small ones', {a: f32(1e8, 1e8, -1e8), b: f32(1, 8, 4)}),
  single('Sqrt', 'large and small', {x: f32(1e38, 1e-37, 0, 1e30)}),
  single('Div', 'by small numbers', {a: f32(1e-30, 1, 3), b: f32(1e-35, 1e-37, 1e30)}),
  single('Exp', 'near the ends', {x: f32(88, 80, -80, -86, -200)}),
  single('Log', 'large and small', {x: f32(1e38, 1e-37, 1, 1.0000001)}),
  single('Pow', 'large exponents', {a: f32(10, 2, 0.5, 1.0001), b: f32(38, 127, 120, 100000)}),
  single('Tanh', 'far from zero', {x: far}),
  single('Sigmoid', 'far from zero', {x: far}),
  single('Gelu', 'far from zero', {x: far}),
  single('Softplus', 'far from zero', {x: far}),
  single('Elu', 'far from zero', {x: far}),
  single('Mish', 'far from zero', {x: far}),
  single('Sin', 'of large angles', {x: f32(1000, 12345, 1e5)}, {tolerance: {absolute: 1e-2}}),
  single('Tanh', 'at 1e30', {x: f32(1e30, -1e30, 3e38)}),
  finite('Exp', f32(0, 88, 89, 1000), 'IsInf'),
  finite('Log', f32(1, 0, -1), 'IsNaN'),
  finite('Sqrt', f32(4, -4, 0), 'IsNaN'),
  finite('Reciprocal', f32(2, 0, -0), 'IsInf'),
  single('Max', 'of negative zeros and infinities', {a: f32(-0, 1e38, -5), b: f32(0, 3e38, -3e38)}),
  single('Add', 'int64 beyond 32 bits', {a: i64(big, -big, 2 ** 31), b: i64(1, 1, 2 ** 31)}, asInt64),
  single('Mul', 'int64 beyond 32 bits', {a: i64(2 ** 20, -(2 ** 33)), b: i64(2 ** 20, 3)}, asInt64),
  single(
    'Sub',
    'int64 beyond 53 bits',
    {a: tensor('int64', [2], [2n ** 62n + 1n, 5n]), b: tensor('int64', [2], [2n ** 62n, 9n])},
    asInt64,
  ),
  single('Div', 'int64', {a: i64(big, -7, 7), b: i64(3, 2, -2)}, asInt64),
  single('Less', 'int64 beyond 32 bits', {a: i64(big, 1), b: i64(big + 1, big)}, {outputs: {y: 'bool'}}),
  single('Neg', 'int64', {x: i64(big, -1, 0)}, asInt64),
  single('Abs', 'int64', {x: i64(-big, 1, 0)}, asInt64),
  single('ReduceSum', 'int64 beyond 32 bits', {x: i64(big, big, 1), axes: fixed(i64(0))}, asInt64),
  single('Mod', 'int64', {a: i64(big + 5, -7), b: i64(7, 3)}, asInt64),
  single('CumSum', 'int64', {x: i64(2 ** 31, 2 ** 31, 1), axis: fixed(scalar('int32', 0))}, asInt64),
  single(
    'Add',
    'float64',
    {a: tensor('float64', [2], [1e300, 1.0000000000000002]), b: tensor('float64', [2], [1e300, 1])},
    {outputs: {y: 'float64'}},
  ),
  single('Add', 'a million numbers', {a: random([1000, 1000]), b: random([1000])}),
  single(
    'MatMul',
    '65 536 products a sum',
    {a: random([1, 65_536]), b: random([65_536, 1])},
    {tolerance: {absolute: 2e-2}},
  ),
  single('Relu', '17 images of odd size', {x: random([17, 3, 13, 11])}),
  single('Transpose', 'a million numbers', {x: random([1000, 1000])}, {attributes: {perm: [1, 0]}}),
  single('Concat', '20 inputs', Object.fromEntries(Array.from({length: 20}, (_, i) => [`x${i}`, random([2, i + 1])])), {
    attributes: {axis: 1},
  }),
  single(
    'Clip',
    'int32',
    {x: tensor('int32', [3], [-5, 3, 99]), low: fixed(scalar('int32', 0)), high: fixed(scalar('int32', 10))},
    {outputs: {y: 'int32'}},
  ),
  single(
    'LeakyRelu',
    'of small numbers',
    {x: f32(-1e-30, 1e-30, -1e-20)},
    {attributes: {alpha: float(0.01)}, tolerance: {absolute: 1e-36}},
  ),
];
