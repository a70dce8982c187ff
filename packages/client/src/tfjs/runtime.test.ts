import {memory} from '@tensorflow/tfjs-core';
import type {Manifest, TensorSpec} from '@kedge/core';
import {describe, expect, test} from 'vitest';
import {tfjsModels} from '../../testing/contract/tfjs.js';
import {graph, graphDoubler, layersDoubler, node, placeholder, statefulLayers} from '../../testing/tfjs-doubler.js';
import {runtimeContract} from '../runtime/contract.js';
import type {ExecutionProvider, Tensor} from '../runtime/runtime.js';
import {tfjsRuntime} from './runtime.js';
import {tfjsWeb} from './web.js';

const providers: ExecutionProvider[] = ['wasm', 'webgpu', 'cpu'];
const formats = ['tfjs-layers', 'tfjs-graph'] as const;
const open = () => tfjsRuntime(tfjsWeb);

for (const provider of providers)
  for (const format of formats)
    describe(`tfjs on ${provider}, ${format}`, () => runtimeContract({open, provider, ...tfjsModels(format)}));

type Files = ReadonlyMap<string, Uint8Array>;

const spec = (name: string, change: Partial<TensorSpec> = {}): TensorSpec => ({
  name,
  dtype: 'float32',
  shape: ['batch', 1],
  ...change,
});

/** Loads a graph, or a layers model, whose manifest says what is given. */
function load(files: Files, change: Partial<Manifest> = {}, provider: ExecutionProvider = 'wasm') {
  const base = {model: 'scale', version: '1.0.0', entry: 'model.json', format: 'tfjs-graph'};
  const manifest = {...base, inputs: [spec('x')], outputs: [spec('y')], ...change} as unknown as Manifest;
  return open().load(manifest, files, provider);
}

const column = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length, 1],
  data: Float32Array.from(values),
});

describe.each(providers)('tensors on %s', provider => {
  test('100 runs leave none behind, nor do failing ones, and a released model frees its weights', async () => {
    const other = await load(graphDoubler(3), {}, provider);
    const before = memory().numTensors;
    const session = await load(layersDoubler(2), {format: 'tfjs-layers'}, provider);
    await session.run({x: column(1)});
    const loaded = memory().numTensors;
    for (let i = 0; i < 100; i++) await session.run({x: column(i)});
    expect(memory().numTensors).toBe(loaded);
    const wrong = session.run({x: {dtype: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3)}});
    await expect(wrong).rejects.toMatchObject({code: 'model_invalid'});
    expect(memory().numTensors).toBe(loaded);
    await session.release();
    expect(memory().numTensors).toBe(before);
    await other.release();
  });

  test('an output that is a weight, or the input itself, is a copy, and the next run has it too', async () => {
    const nodes = [placeholder('x'), node('same', 'Identity', 'x')];
    const outputs = [spec('same'), spec('k', {shape: [1]})];
    const session = await load(graph(nodes, 7, {outputs: ['same', 'k']}), {outputs}, provider);
    for (let i = 0; i < 2; i++) {
      const x = column(i, 5);
      const {same, k} = await session.run({x});
      expect([[...same!.data], [...k!.data]]).toEqual([[i, 5], [7]]);
      structuredClone([same, k], {transfer: [same!.data.buffer, k!.data.buffer]});
      expect(x).toEqual(column(i, 5));
    }
    await session.release();
  });

  test('a layer that keeps its state begins each run anew, and leaves no tensors behind', async () => {
    const specs = {inputs: [spec('x', {shape: [1, 1, 1]})], outputs: [spec('y', {shape: [1, 1]})]};
    const session = await load(statefulLayers(), {...specs, format: 'tfjs-layers'}, provider);
    const x: Tensor = {dtype: 'float32', shape: [1, 1, 1], data: Float32Array.of(1)};
    const first = await session.run({x});
    expect(first.y!.data[0]).toBeCloseTo(0.3696, 3);
    const {numTensors} = memory();
    for (let i = 0; i < 3; i++) expect(await session.run({x})).toEqual(first);
    expect(memory().numTensors).toBe(numTensors);
    await session.release();
  });

  test('a graph whose sizes depend on values answers', async () => {
    const nodes = [placeholder('x'), node('big', 'Greater', 'x', 'k'), node('y', 'Where', 'big')];
    const outputs = [spec('y', {dtype: 'int32', shape: ['found', 2]})];
    const session = await load(graph(nodes, 10), {outputs}, provider);
    const {y} = await session.run({x: column(1, 11, 12)});
    expect([y?.dtype, y?.shape, [...y!.data]]).toEqual(['int32', [2, 2], [1, 0, 2, 0]]);
    expect((await session.run({x: column(20)})).y?.shape).toEqual([1, 2]);
    await session.release();
  });
});

describe('names', () => {
  const nodes = [placeholder('a'), placeholder('b'), node('y', 'Sub', 'a', 'b')];
  const signature = {
    inputs: {left: {name: 'a:0', dtype: 'DT_FLOAT'}, right: {name: 'b:0', dtype: 'DT_FLOAT'}},
    outputs: {difference: {name: 'y:0', dtype: 'DT_FLOAT'}},
  };

  test('a graph’s tensors go by the names of its nodes, in any order, with or without :0', async () => {
    const session = await load(graph(nodes, 1), {inputs: [spec('b'), spec('a:0')], outputs: [spec('y:0')]});
    const outputs = await session.run({'a:0': column(5), b: column(3)});
    expect(outputs['y:0']?.data[0]).toBe(2);
  });

  test('or by the names of its signature', async () => {
    const specs = {inputs: [spec('right'), spec('left')], outputs: [spec('difference')]};
    const session = await load(graph(nodes, 1, {signature}), specs);
    const outputs = await session.run({left: column(5), right: column(3)});
    expect(outputs.difference?.data[0]).toBe(2);
  });

  test.each([
    ['a name that the graph has not', {inputs: [spec('a'), spec('c')]}, /input c: the model has a float32\[\?, 1\], b/],
    ['an input left out', {inputs: [spec('a')]}, /1 inputs, the model 2/],
    ['another shape', {inputs: [spec('a', {shape: [1, 4]}), spec('b')]}, /says \[1, 4\], the model \[\?, 1\]/],
    ['another rank', {inputs: [spec('a', {shape: [1]}), spec('b')]}, /says \[1\]/],
  ])('%s is model_invalid', async (_, change, message) => {
    const loading = load(graph(nodes, 1), change);
    await expect(loading).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('dtypes', () => {
  const bytes = (dtype: TensorSpec['dtype']) => ({inputs: [spec('x', {dtype})]});

  test.each(['int8', 'uint8', 'int16', 'uint16'] as const)('%s goes in as the float32 it is', async dtype => {
    const session = await load(graphDoubler(2), bytes(dtype));
    const data = {int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array}[dtype].of(100, 3);
    expect([...(await session.run({x: {dtype, shape: [2, 1], data}})).y!.data]).toEqual([200, 6]);
  });

  test.each(['float16', 'float64', 'int32', 'uint32', 'int64', 'uint64', 'bool'] as const)(
    '%s for a float32 input is refused when the model is loaded: it would change values',
    async dtype => {
      const message = expect.stringContaining(`input x: the manifest says ${dtype}, the model takes float32`) as string;
      await expect(load(graphDoubler(2), bytes(dtype))).rejects.toMatchObject({code: 'model_invalid', message});
    },
  );

  test('int32 and bool stay what they are', async () => {
    const inputs = [spec('i', {dtype: 'int32'}), spec('c', {dtype: 'bool'})];
    const nodes = [
      placeholder('i', 'DT_INT32'),
      placeholder('c', 'DT_BOOL'),
      node('n', 'LogicalNot', 'c'),
      node('d', 'Identity', 'i'),
    ];
    const outputs = [spec('d', {dtype: 'int32'}), spec('n', {dtype: 'bool'})];
    const session = await load(graph(nodes, 1, {outputs: ['d', 'n']}), {inputs, outputs});
    const {d, n} = await session.run({
      i: {dtype: 'int32', shape: [1, 1], data: Int32Array.of(16_777_217)},
      c: {dtype: 'bool', shape: [2, 1], data: Uint8Array.of(1, 0)},
    });
    expect([d, n]).toEqual([
      {dtype: 'int32', shape: [1, 1], data: Int32Array.of(16_777_217)},
      {dtype: 'bool', shape: [2, 1], data: Uint8Array.of(0, 1)},
    ]);
  });

  test('an output of another dtype than the manifest says is model_invalid', async () => {
    const session = await load(graphDoubler(2), {outputs: [spec('y', {dtype: 'int32'})]});
    const message = expect.stringContaining('output y: the manifest says int32, the model answered float32') as string;
    await expect(session.run({x: column(1)})).rejects.toMatchObject({code: 'model_invalid', message});
  });
});

describe('files', () => {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const json = JSON.parse(new TextDecoder().decode(graphDoubler(2).get('model.json'))) as object;

  test('weights in several shards, in a folder, as views of larger buffers', async () => {
    const [first, second] = [Uint8Array.of(9, 0, 0, 9), Uint8Array.of(9, 0x40, 0x40)].map(bytes => bytes.subarray(1));
    const weights = [{name: 'k', shape: [1], dtype: 'float32'}];
    const sharded = {...json, weightsManifest: [{paths: ['a.bin', 'b.bin'], weights}]};
    const files = new Map([
      ['sub/model.json', text(sharded)],
      ['sub/a.bin', first!.subarray(0, 2)],
      ['sub/b.bin', second!],
    ]);
    const session = await load(files, {entry: 'sub/model.json'});
    expect((await session.run({x: column(2)})).y?.data[0]).toBe(6);
  });

  test.each([
    ['a shard that is not there', new Map([['model.json', text(json)]]), /weights\.bin is not among its files/],
    ['weights cut short', new Map([...graphDoubler(2), ['weights.bin', new Uint8Array(2)]]), /model\.json/],
    ['no weights manifest', new Map([['model.json', text({modelTopology: {}})]]), /weightsManifest, got modelTopology/],
    ['null', new Map([['model.json', text(null)]]), /got neither/],
  ])('%s: model_invalid', async (_, files, message) => {
    await expect(load(files)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  test('an operator that tfjs does not know is named', async () => {
    const session = await load(graph([placeholder('x'), node('y', 'Einbein', 'x')], 1));
    const message = expect.stringContaining('Einbein') as string;
    await expect(session.run({x: column(1)})).rejects.toMatchObject({code: 'model_invalid', message});
  });
});
