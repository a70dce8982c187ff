import {cases as conv} from './conv.mjs';
import {cases as elementwise} from './elementwise.mjs';
import {cases as extremes} from './extremes.mjs';
import {cases as gather} from './gather.mjs';
import {cases as graphs} from './graphs.mjs';
import {cases as half} from './half.mjs';
import {cases as matmul} from './matmul.mjs';
import {cases as norm} from './norm.mjs';
import {cases as pool} from './pool.mjs';
import {cases as quantised} from './quantised.mjs';
import {cases as recurrent} from './recurrent.mjs';
import {cases as reduce} from './reduce.mjs';
import {cases as resize} from './resize.mjs';
import {cases as shape} from './shape.mjs';
import {cases as tfjsConv} from './tfjs-conv.mjs';
import {cases as tfjsElementwise} from './tfjs-elementwise.mjs';
import {cases as tfjsLayers} from './tfjs-layers.mjs';
import {cases as tfjsShape} from './tfjs-shape.mjs';

/** @type {import('../case.mjs').Case[]} */
const all = [
  ...[conv, pool, matmul, norm, elementwise, reduce, shape, gather, resize, recurrent],
  ...[quantised, half, extremes, graphs],
  ...[tfjsElementwise, tfjsConv, tfjsShape, tfjsLayers],
].flat();

/** Every case; the rooms are in the order of the table. */
export const cases = all.map((one, i) => ({
  ...one,
  isFirst: all.findIndex(({op, tfjs}) => op === one.op && !tfjs === !one.tfjs) === i,
}));
