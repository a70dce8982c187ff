import type {DType, TensorSpec} from '@kedge/core';
import type {Example, Models} from '../../src/runtime/contract.js';
import {
  denseLayer,
  graph,
  graphDoubler,
  inputLayer,
  layersDoubler,
  layersModel,
  node,
  placeholder,
} from '../tfjs-doubler.js';
import {extremeRows, spec, tensor} from './tensors.js';

const entry = 'model.json';
/** As TensorFlow's converter writes them; tfjs has three dtypes for all of them. */
const types: Record<DType, string> = {
  ...{float32: 'DT_FLOAT', float16: 'DT_HALF', float64: 'DT_DOUBLE', bool: 'DT_BOOL'},
  ...{int8: 'DT_INT8', int16: 'DT_INT16', int32: 'DT_INT32', int64: 'DT_INT64'},
  ...{uint8: 'DT_UINT8', uint16: 'DT_UINT16', uint32: 'DT_UINT32', uint64: 'DT_UINT64'},
};

/** An int32 that is no float32. */
const whole = (i: number) => 2 ** 24 + 2 * i + 1;

function model(nodes: Parameters<typeof graph>[0], inputs: readonly TensorSpec[], outputs: readonly TensorSpec[]) {
  const placeholders = inputs.map(({name, dtype, shape}) =>
    placeholder(
      name,
      types[dtype],
      shape.map(size => (typeof size === 'number' ? size : -1)),
    ),
  );
  return {files: graph([...placeholders, ...nodes], 1, {outputs: outputs.map(({name}) => name)}), inputs, outputs};
}

function mixedGraph(): Example {
  const nodes = [
    node('negative', 'Neg', 'x'),
    node('y', 'SelectV2', 'keep', 'x', 'negative'),
    node('m', 'AddV2', 'n', 'n'),
    node('drop', 'LogicalNot', 'keep'),
  ];
  const inputs = [spec('x', 'float32', 'rows', 2), spec('n', 'int32', 'batch'), spec('keep', 'bool', 'batch', 1)];
  const outputs = [spec('drop', 'bool', 'batch', 1), spec('m', 'int32', 'batch'), spec('y', 'float32', 'batch', 2)];
  return {
    ...model(nodes, inputs, outputs),
    given: rows => ({
      keep: tensor('bool', [rows, 1], i => i % 2),
      n: tensor('int32', [rows], whole),
      x: tensor('float32', [rows, 2], i => i + 0.1),
    }),
    answer: rows => ({
      y: tensor('float32', [rows, 2], i => (i % 4 < 2 ? -1 : 1) * (i + 0.1)),
      m: tensor('int32', [rows], i => 2 * whole(i)),
      drop: tensor('bool', [rows, 1], i => 1 - (i % 2)),
    }),
  };
}

function scalarGraph(): Example {
  const nodes = [node('twice', 'AddV2', 's', 's'), node('scaled', 'Mul', 's', 'v')];
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

const foundGraph = (): Example => ({
  ...model([node('places', 'Where', 'x')], [spec('x', 'bool', 'batch', 1)], [spec('places', 'int32', 'found', 2)]),
  given: count => ({x: tensor('bool', [4, 1], i => (i < count ? 1 : 0))}),
  answer: count => ({places: tensor('int32', [count, 2], i => (i % 2 ? 0 : i / 2))}),
});

/** What tfjs holds it in without changing a value; undefined where there is nothing for it. */
function heldAs(dtype: DType): DType | undefined {
  if (dtype === 'float32' || dtype === 'bool') return dtype;
  return /^(int32|u?int(8|16))$/.test(dtype) ? 'int32' : undefined;
}

/** @param files of a model that gives what it is given, float32[batch, 2] or what tfjs holds the dtype in */
function sameWith(files: (dtype: DType, held: DType) => Example['files'], dtype: DType): Example {
  const held = heldAs(dtype);
  const as = held ?? 'float32';
  return {
    files: files(dtype, as),
    inputs: [spec('x', dtype, 'batch', 2)],
    outputs: [spec('y', as, 'batch', 2)],
    refused: !held,
    given: rows => ({x: extremeRows(dtype, rows)}),
    answer: rows => ({y: extremeRows(dtype, rows, as)}),
  };
}

const sameGraph = (dtype: DType) =>
  graph([placeholder('x', types[dtype], [-1, 2]), node('y', 'Identity', 'x')], 1, {outputs: ['y']});

/** A layer that changes no value, of whatever dtype. */
const reshape = (name: string, from: string, ...shape: number[]) => ({
  ...{kind: 'Reshape', name, from: [from], config: {target_shape: shape}},
});

const sameLayers = (_: DType, held: DType) =>
  layersModel([inputLayer('in', held, 2), reshape('out', 'in', 2)], ['out']);

function mixedLayers(): Example {
  const layers = [
    ...[inputLayer('a', 'float32', 1), inputLayer('b', 'float32', 1)],
    ...[inputLayer('n', 'int32', 2), inputLayer('c', 'bool', 1)],
    ...[denseLayer('dense', 'a'), {kind: 'Add', name: 'sum', from: ['dense', 'b'], config: {}}],
    ...[reshape('column', 'n', 2, 1), reshape('flag', 'c', 1, 1)],
  ];
  // In the model's order: it has no names for them.
  const inputs = [
    ...[spec('x', 'float32', 'rows', 1), spec('z', 'float32', 'batch', 1)],
    ...[spec('n', 'int32', 'batch', 2), spec('keep', 'bool', 'batch', 1)],
  ];
  const outputs = [
    ...[spec('kept', 'bool', 'batch', 1, 1), spec('y', 'float32', 'batch', 1)],
    spec('m', 'int32', 'batch', 2, 1),
  ];
  return {
    ...{files: layersModel(layers, ['flag', 'sum', 'column'], 2), inputs, outputs},
    given: rows => ({
      keep: tensor('bool', [rows, 1], i => i % 2),
      n: tensor('int32', [rows, 2], whole),
      x: tensor('float32', [rows, 1], i => i + 0.5),
      z: tensor('float32', [rows, 1], i => 10 * i),
    }),
    answer: rows => ({
      y: tensor('float32', [rows, 1], i => 12 * i + 1),
      m: tensor('int32', [rows, 2, 1], whole),
      kept: tensor('bool', [rows, 1, 1], i => i % 2),
    }),
  };
}

/** Every tensor of a layers model has rows. */
const scalarLayers = (): Example => ({
  files: layersDoubler(2),
  inputs: [spec('x', 'float32')],
  outputs: [spec('y', 'float32')],
  refused: true,
  given: () => ({x: tensor('float32', [], () => 1)}),
  answer: () => ({y: tensor('float32', [], () => 2)}),
});

export const tfjsModels = (format: 'tfjs-graph' | 'tfjs-layers'): Models =>
  format === 'tfjs-graph'
    ? {
        ...{format, entry, scaled: graphDoubler, same: dtype => sameWith(sameGraph, dtype)},
        ...{mixed: mixedGraph(), scalar: scalarGraph(), found: foundGraph()},
      }
    : {
        ...{format, entry, scaled: layersDoubler, same: dtype => sameWith(sameLayers, dtype)},
        ...{mixed: mixedLayers(), scalar: scalarLayers()},
      };
