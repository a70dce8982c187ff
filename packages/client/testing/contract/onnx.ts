import type {DType, TensorSpec} from '@kedge/core';
import type {Example, Models} from '../../src/runtime/contract.js';
import {scaledFiles} from '../doubler.js';
import {type Node, onnxGraph} from '../onnx-graph.js';
import {extremeRows, spec, tensor} from './tensors.js';

const entry = 'model.onnx';

function model(nodes: readonly Node[], inputs: readonly TensorSpec[], outputs: readonly TensorSpec[]) {
  const said = (specs: readonly TensorSpec[]) =>
    Object.fromEntries(specs.map(({name, dtype, shape}) => [name, [dtype, shape] as const]));
  return {files: new Map([[entry, onnxGraph(nodes, said(inputs), said(outputs))]]), inputs, outputs};
}

/** An int64 that is no number: one that went through a float would come back as another. */
const long = (i: number) => 2n ** 53n + BigInt(2 * i + 1);

function mixed(): Example {
  const nodes = [
    {op: 'Neg', inputs: ['x'], output: 'negative'},
    {op: 'Where', inputs: ['keep', 'x', 'negative'], output: 'y'},
    {op: 'Add', inputs: ['n', 'n'], output: 'm'},
    {op: 'Not', inputs: ['keep'], output: 'drop'},
  ];
  const inputs = [spec('x', 'float32', 'rows', 2), spec('n', 'int64', 'batch'), spec('keep', 'bool', 'batch', 1)];
  const outputs = [spec('drop', 'bool', 'batch', 1), spec('m', 'int64', 'batch'), spec('y', 'float32', 'batch', 2)];
  return {
    ...model(nodes, inputs, outputs),
    given: rows => ({
      keep: tensor('bool', [rows, 1], i => i % 2),
      n: tensor('int64', [rows], long),
      x: tensor('float32', [rows, 2], i => i + 0.1),
    }),
    answer: rows => ({
      y: tensor('float32', [rows, 2], i => (i % 4 < 2 ? -1 : 1) * (i + 0.1)),
      m: tensor('int64', [rows], i => 2n * long(i)),
      drop: tensor('bool', [rows, 1], i => 1 - (i % 2)),
    }),
  };
}

function scalar(): Example {
  const nodes = [
    {op: 'Add', inputs: ['s', 's'], output: 'twice'},
    {op: 'Mul', inputs: ['s', 'v'], output: 'scaled'},
  ];
  const inputs = [spec('s', 'float32'), spec('v', 'float32', 'batch')];
  return {
    ...model(nodes, inputs, [spec('twice', 'float32'), spec('scaled', 'float32', 'batch')]),
    given: rows => ({s: tensor('float32', [], () => 0.5), v: tensor('float32', [rows], i => i + 1)}),
    answer: rows => ({
      twice: tensor('float32', [], () => 1),
      scaled: tensor('float32', [rows], i => (i + 1) / 2),
    }),
  };
}

function found(): Example {
  const nodes = [{op: 'NonZero', inputs: ['x'], output: 'places'}];
  return {
    ...model(nodes, [spec('x', 'float32', 'batch', 1)], [spec('places', 'int64', 2, 'found')]),
    given: count => ({x: tensor('float32', [4, 1], i => (i < count ? 5 : 0))}),
    answer: count => ({places: tensor('int64', [2, count], i => (i < count ? BigInt(i) : 0n))}),
  };
}

/** Has outputs beside `y`: one that is never finite, and one that is no tensor. */
function undeclared(): Example {
  const nodes = [
    {op: 'Identity', inputs: ['x'], output: 'y'},
    {op: 'Log', inputs: ['x'], output: 'z'},
    {op: 'SequenceConstruct', inputs: ['x'], output: 's'},
  ];
  const [inputs, outputs] = [[spec('x', 'float32', 'batch')], [spec('y', 'float32', 'batch')]];
  const column = ['float32', ['batch']] as const;
  const file = onnxGraph(nodes, {x: column}, {z: column, y: column, s: [...column, 'sequence']});
  const given = (rows: number) => tensor('float32', [rows], i => -1 - i);
  return {
    ...{files: new Map([[entry, file]]), inputs, outputs},
    given: rows => ({x: given(rows)}),
    answer: rows => ({y: given(rows)}),
  };
}

const same = (dtype: DType): Example => ({
  ...model(
    [{op: 'Identity', inputs: ['x'], output: 'y'}],
    [spec('x', dtype, 'batch', 2)],
    [spec('y', dtype, 'batch', 2)],
  ),
  given: rows => ({x: extremeRows(dtype, rows)}),
  answer: rows => ({y: extremeRows(dtype, rows)}),
});

/** @param location of the doubler's weight. @default in the model's own file */
export const onnxModels = (location?: string): Models => ({
  ...{format: 'onnx', entry, scaled: scale => scaledFiles(scale, location)},
  ...{mixed: mixed(), scalar: scalar(), found: found(), undeclared: undeclared(), same},
});
