import type {DType, Manifest, TensorSpec} from '@kedge/core';
import {afterEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {onnxGraph} from '../testing/onnx-graph.js';
import {TestRegistry} from '../testing/registry.js';
import type {Model} from './api.js';

afterEach(closeAll);

const spec = (name: string, dtype: DType = 'float32', shape: TensorSpec['shape'] = ['batch', 1]) => ({
  ...{name, dtype, shape},
});

/** A version without golden examples, loaded: `y = 2 x`, unless it has a file of its own. */
async function loaded(change: Partial<Manifest>, file?: Uint8Array<ArrayBuffer>): Promise<Model> {
  const registry = await TestRegistry.create();
  const files = file && new Map([['model.onnx', file]]);
  const version = await registry.publish('1.0.0', 2, {...(files && {files}), change: {golden: [], ...change}});
  await registry.putRelease(registry.release([version]));
  return (await client(registry)).model('scale');
}

test('an output outside its range is no answer, but for rounding', async () => {
  const model = await loaded({outputs: [{...spec('y'), range: [0, 1]}]});
  const {outputs} = await model.predict({x: Float32Array.of(0.25, 0.5001)});
  expect([...outputs.y!.data]).toEqual([0.5, Math.fround(1.0002)]);
  const {served} = await model.predict({x: Float32Array.of(0.25, 1)});
  expect(served).toMatchObject({source: 'baseline', reason: 'output_invalid'});
});

test('an output of another dtype than the manifest says is no answer', async () => {
  const model = await loaded({outputs: [spec('y', 'int64')]});
  const {served} = await model.predict({x: Float32Array.of(1)});
  expect(served).toMatchObject({source: 'baseline', reason: 'output_invalid'});
});

test.each<[string, TensorSpec['shape']]>([
  ['another size', ['batch', 2]],
  ['another number of rows', [2, 1]],
  ['fewer dimensions', ['batch']],
  ['more dimensions', ['batch', 1, 1]],
  ['no dimensions', []],
])('an output that should be of %s is no answer', async (_, shape) => {
  const model = await loaded({outputs: [spec('y', 'float32', shape)]});
  const {served} = await model.predict({x: Float32Array.of(1)});
  expect(served).toMatchObject({source: 'baseline', reason: 'output_invalid'});
});

test('scalars, symbols of another size than in the inputs, and nothing found are answers', async () => {
  const outputs: [string, DType, TensorSpec['shape'], string][] = [
    ['count', 'int64', [], 'Size'],
    ['where', 'int64', ['batch', 'found'], 'NonZero'],
    ['odd', 'bool', ['batch', 1], 'IsNaN'],
  ];
  const nodes = outputs.map(([output, , , op]) => ({op, inputs: ['x'], output}));
  const specs = outputs.map(([name, dtype, shape]) => spec(name, dtype, shape));
  const said = Object.fromEntries(outputs.map(([name, dtype, shape]) => [name, [dtype, shape] as const]));
  const file = onnxGraph(nodes, {x: ['float32', ['batch', 1]]}, said);
  const baseline = {count: [0], where: [0], odd: [0]};
  const model = await loaded({outputs: specs, baseline}, file);
  const {outputs: answer, served} = await model.predict({x: new Float32Array(3)});
  expect(served.source).toBe('model');
  expect(answer).toEqual({
    count: {dtype: 'int64', shape: [], data: BigInt64Array.of(3n)},
    where: {dtype: 'int64', shape: [2, 0], data: new BigInt64Array()},
    odd: {dtype: 'bool', shape: [3, 1], data: new Uint8Array(3)},
  });
});
