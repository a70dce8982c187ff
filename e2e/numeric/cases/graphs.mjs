import {fixed, graph, single} from '../case.mjs';
import {float} from '../onnx.mjs';
import {f32, i64, random, ramp, scalar, tensor} from '../tensors.mjs';

const y = {y: /** @type {const} */ ('float32')};

/** One branch of an If, that uses `x` from outside. @param {string} op */
const branch = op => ({nodes: [{op, inputs: ['x'], outputs: ['b']}], outputs: {b: /** @type {const} */ ('float32')}});
/** @param {number} which */
const choice = which =>
  graph('If', which ? 'true' : 'false', {
    nodes: [
      {op: 'If', inputs: ['c'], outputs: ['y'], attributes: {then_branch: branch('Neg'), else_branch: branch('Exp')}},
    ],
    inputs: {x: random([5]), c: tensor('bool', [1], [which])},
    outputs: y,
  });

/** Queries, keys and values of `heads` heads from one tensor: attention by its operators. */
const attention = graph('Attention by hand', 'two heads, masked', {
  nodes: [
    ...['q', 'k', 'v'].flatMap(one => [
      {op: 'MatMul', inputs: ['x', `w${one}`], outputs: [`${one}m`]},
      {op: 'Reshape', inputs: [`${one}m`, 'split'], outputs: [`${one}s`]},
      {
        op: 'Transpose',
        inputs: [`${one}s`],
        outputs: [one],
        attributes: {perm: one === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3]},
      },
    ]),
    {op: 'MatMul', inputs: ['q', 'k'], outputs: ['qk']},
    {op: 'Mul', inputs: ['qk', 'scale'], outputs: ['scaled']},
    {op: 'Add', inputs: ['scaled', 'mask'], outputs: ['masked']},
    {op: 'Softmax', inputs: ['masked'], outputs: ['weights']},
    {op: 'MatMul', inputs: ['weights', 'v'], outputs: ['heads']},
    {op: 'Transpose', inputs: ['heads'], outputs: ['turned'], attributes: {perm: [0, 2, 1, 3]}},
    {op: 'Reshape', inputs: ['turned', 'join'], outputs: ['joined']},
    {op: 'MatMul', inputs: ['joined', 'wo'], outputs: ['y']},
  ],
  inputs: {x: random([1, 6, 16])},
  weights: {
    ...{wq: random([16, 16]), wk: random([16, 16]), wv: random([16, 16]), wo: random([16, 16])},
    ...{split: i64(0, 0, 2, 8), join: i64(0, 0, -1), scale: scalar('float32', 8 ** -0.5)},
    mask: tensor(
      'float32',
      [6, 6],
      Array.from({length: 36}, (_, i) => (i % 6 > Math.floor(i / 6) ? -1e9 : 0)),
    ),
  },
  outputs: y,
});

const text = graph('Text', 'embedding, mean over a mask, dense, softmax', {
  nodes: [
    {op: 'Gather', inputs: ['table', 'tokens'], outputs: ['e']},
    {op: 'Mul', inputs: ['e', 'mask'], outputs: ['m']},
    {op: 'ReduceSum', inputs: ['m', 'axes'], outputs: ['s'], attributes: {keepdims: 0}},
    {op: 'ReduceSum', inputs: ['mask', 'axes'], outputs: ['n'], attributes: {keepdims: 0}},
    {op: 'Div', inputs: ['s', 'n'], outputs: ['a']},
    {op: 'Gemm', inputs: ['a', 'w', 'b'], outputs: ['g']},
    {op: 'Softmax', inputs: ['g'], outputs: ['y']},
  ],
  inputs: {
    tokens: tensor('int64', [2, 5], [3, 99, 7, 0, 0, 12, 1, 1, 50, 0]),
    mask: tensor('float32', [2, 5, 1], [1, 1, 1, 0, 0, 1, 1, 1, 1, 0]),
  },
  weights: {table: random([100, 16]), axes: i64(1), w: random([16, 4]), b: random([4])},
  outputs: y,
});

/** Frames of sound as a spectrogram of mel bands: what speech models begin with. */
const sound = graph('Sound', 'log mel spectrogram', {
  nodes: [
    {op: 'STFT', inputs: ['x', 'step', 'window'], outputs: ['z']},
    {op: 'Mul', inputs: ['z', 'z'], outputs: ['squares']},
    {op: 'ReduceSum', inputs: ['squares', 'last'], outputs: ['power'], attributes: {keepdims: 0}},
    {op: 'MatMul', inputs: ['power', 'mel'], outputs: ['bands']},
    {op: 'Max', inputs: ['bands', 'floor'], outputs: ['bounded']},
    {op: 'Log', inputs: ['bounded'], outputs: ['y']},
  ],
  inputs: {x: random([1, 512, 1])},
  weights: {
    ...{step: scalar('int64', 64), window: ramp(0, 1, 128), last: i64(-1)},
    ...{mel: random([65, 20], {low: 0, high: 1}), floor: scalar('float32', 1e-10)},
  },
  outputs: y,
});

const vision = graph('Vision', 'convolutions, pools, dense', {
  nodes: [
    {op: 'Conv', inputs: ['x', 'w1', 'b1'], outputs: ['c1'], attributes: {strides: [2, 2], pads: [1, 1, 1, 1]}},
    {op: 'HardSwish', inputs: ['c1'], outputs: ['a1']},
    {op: 'Conv', inputs: ['a1', 'w2', 'b2'], outputs: ['c2'], attributes: {group: 8, pads: [1, 1, 1, 1]}},
    {op: 'Relu', inputs: ['c2'], outputs: ['a2']},
    {op: 'Conv', inputs: ['a2', 'w3'], outputs: ['c3']},
    {op: 'Add', inputs: ['c3', 'a1'], outputs: ['s']},
    {op: 'GlobalAveragePool', inputs: ['s'], outputs: ['p']},
    {op: 'Flatten', inputs: ['p'], outputs: ['f']},
    {op: 'Gemm', inputs: ['f', 'w4', 'b4'], outputs: ['g'], attributes: {transB: 1}},
    {op: 'Softmax', inputs: ['g'], outputs: ['y']},
  ],
  inputs: {x: random([2, 3, 17, 17])},
  weights: {
    ...{w1: random([8, 3, 3, 3]), b1: random([8]), w2: random([8, 1, 3, 3]), b2: random([8])},
    ...{w3: random([8, 8, 1, 1]), w4: random([5, 8]), b4: random([5])},
  },
  outputs: y,
});

/** Adds the loop's number to a running total, and keeps each total. */
const loop = graph('Loop', 'totals', {
  nodes: [
    {
      op: 'Loop',
      inputs: ['times', undefined, 'x'],
      outputs: ['last', 'y'],
      attributes: {
        body: {
          nodes: [
            {op: 'Cast', inputs: ['i'], outputs: ['f'], attributes: {to: 1}},
            {op: 'Add', inputs: ['total', 'f'], outputs: ['next']},
            {op: 'Identity', inputs: ['next'], outputs: ['kept']},
            {op: 'Identity', inputs: ['going'], outputs: ['on']},
          ],
          inputs: {i: scalar('int64', 0), going: scalar('bool', 1), total: random([3])},
          outputs: {on: 'bool', next: 'float32', kept: 'float32'},
        },
      },
    },
  ],
  inputs: {x: random([3])},
  weights: {times: scalar('int64', 4)},
  outputs: {last: 'float32', y: 'float32'},
});

export const cases = [
  attention,
  text,
  sound,
  vision,
  loop,
  choice(1),
  choice(0),
  single(
    'DFT',
    'real, one side',
    {x: random([1, 32, 1]), length: undefined, axis: fixed(scalar('int64', 1))},
    {attributes: {onesided: 1}, opset: 20},
  ),
  single('STFT', 'with a window', {
    x: random([1, 256, 1]),
    step: fixed(scalar('int64', 32)),
    window: fixed(ramp(0, 1, 64)),
  }),
  single('HannWindow', '400', {size: scalar('int64', 400)}),
  single('MelWeightMatrix', '40 bands', {
    ...{bands: scalar('int64', 40), length: scalar('int64', 512), rate: scalar('int64', 16_000)},
    ...{low: scalar('float32', 20), high: scalar('float32', 8000)},
  }),
  single(
    'RotaryEmbedding',
    'positions',
    {
      ...{x: random([1, 2, 4, 8]), positions: tensor('int64', [1, 4], [0, 1, 2, 3])},
      ...{cos: fixed(random([8, 4])), sin: fixed(random([8, 4]))},
    },
    {domain: 'com.microsoft'},
  ),
  single(
    'MultiHeadAttention',
    'two heads',
    {q: random([1, 4, 16]), k: random([1, 6, 16]), v: random([1, 6, 16])},
    {domain: 'com.microsoft', attributes: {num_heads: 2}},
  ),
  single(
    'NonMaxSuppression',
    'boxes',
    {
      ...{boxes: tensor('float32', [1, 4, 4], [0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, 10, 1, 11, 0, 0.05, 1, 1.05])},
      ...{scores: tensor('float32', [1, 1, 4], [0.9, 0.75, 0.6, 0.95]), most: fixed(i64(3))},
      ...{overlap: fixed(f32(0.5)), lowest: fixed(f32(0))},
    },
    {outputs: {y: 'int64'}},
  ),
  single(
    'Multinomial',
    'of one certain class',
    {x: tensor('float32', [2, 3], [0, -1e9, -1e9, -1e9, -1e9, 0])},
    {attributes: {sample_size: 4, seed: float(1)}, outputs: {y: 'int32'}},
  ),
];
