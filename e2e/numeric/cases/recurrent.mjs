import {fixed, single} from '../case.mjs';
import {random, tensor} from '../tensors.mjs';

const [steps, batch, width, hidden] = [5, 2, 3, 4];
const half = {low: -0.5, high: 0.5};
/** Weights for so many gates. @param {number} gates @param {number} [directions] */
const weights = (gates, directions = 1) => ({
  x: random([steps, batch, width]),
  w: fixed(random([directions, gates * hidden, width], half)),
  r: fixed(random([directions, gates * hidden, hidden], half)),
  b: fixed(random([directions, 2 * gates * hidden], half)),
});
const gru = {outputs: {y: /** @type {const} */ ('float32'), h: /** @type {const} */ ('float32')}};
const lstm = {outputs: {...gru.outputs, c: /** @type {const} */ ('float32')}};
const state = (directions = 1) => random([directions, batch, hidden]);

export const cases = [
  single('LSTM', 'forward', weights(4), {attributes: {hidden_size: hidden}, ...lstm}),
  single('LSTM', 'reverse', weights(4), {attributes: {hidden_size: hidden, direction: 'reverse'}, ...lstm}),
  single('LSTM', 'both ways', weights(4, 2), {attributes: {hidden_size: hidden, direction: 'bidirectional'}, ...lstm}),
  single(
    'LSTM',
    'with a state',
    {...weights(4), lengths: undefined, h0: state(), c0: state()},
    {attributes: {hidden_size: hidden}, ...lstm},
  ),
  single(
    'LSTM',
    'peepholes',
    {...weights(4), lengths: undefined, h0: state(), c0: state(), p: fixed(random([1, 3 * hidden], half))},
    {attributes: {hidden_size: hidden}, ...lstm},
  ),
  single(
    'LSTM',
    'of several lengths',
    {...weights(4), lengths: fixed(tensor('int32', [batch], [5, 3]))},
    {attributes: {hidden_size: hidden}, ...lstm},
  ),
  single('GRU', 'forward', weights(3), {attributes: {hidden_size: hidden}, ...gru}),
  single('GRU', 'linear before reset', weights(3), {attributes: {hidden_size: hidden, linear_before_reset: 1}, ...gru}),
  single('GRU', 'both ways', weights(3, 2), {attributes: {hidden_size: hidden, direction: 'bidirectional'}, ...gru}),
  single(
    'GRU',
    'with a state',
    {...weights(3), lengths: undefined, h0: state()},
    {attributes: {hidden_size: hidden}, ...gru},
  ),
  single('RNN', 'tanh', weights(1), {attributes: {hidden_size: hidden}, ...gru}),
  single('RNN', 'relu', weights(1), {attributes: {hidden_size: hidden, activations: ['Relu']}, ...gru}),
];
