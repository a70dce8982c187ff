import type {DType, Manifest, TensorSpec} from '@kedge/core';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {client, closeAll, createWorker} from '../testing/client.js';
import {onnxGraph} from '../testing/onnx-graph.js';
import {TestRegistry} from '../testing/registry.js';
import {graphDoubler, layersDoubler} from '../testing/tfjs-doubler.js';
import type {Input, Model} from './api.js';
import {onnx} from './onnx/index.js';
import {tfjs} from './tfjs/index.js';

type Files = Map<string, Uint8Array<ArrayBuffer>>;

const createTfjsWorker = () => new Worker(new URL('tfjs/worker.ts', import.meta.url), {type: 'module'});
const runtimes = () => [onnx({createWorker, providers: ['wasm']}), tfjs({createWorker: createTfjsWorker})];
const spec = (name: string, dtype: DType = 'float32', shape: TensorSpec['shape'] = ['batch', 1]) => ({
  ...{name, dtype, shape},
});

/** A version of these files, loaded; its golden outputs are of `y = 2 x`. */
async function loaded(files?: Files, change: Partial<Manifest> = {}): Promise<Model> {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 2, {...(files && {files}), change});
  await registry.putRelease(registry.release([version]));
  return (await client(registry, {runtimes: runtimes()})).model('scale');
}

const ys = async (model: Model, inputs: Record<string, Input>) => {
  const {outputs, served} = await model.predict(inputs);
  expect(served.source).toBe('model');
  return [...outputs.y!.data];
};

const detached = () => {
  const array = new Float32Array(2);
  structuredClone(array, {transfer: [array.buffer]});
  return array;
};

const gibibyte = () => new Float32Array(2 ** 28);

describe.each([
  ['onnx', undefined, 'onnx'],
  ['a tfjs graph', graphDoubler(2), 'tfjs-graph'],
  ['tfjs layers', layersDoubler(2), 'tfjs-layers'],
] as const)('%s', (_, files, format) => {
  let model: Model;
  beforeAll(async () => {
    model = await loaded(files, {format});
  });
  afterAll(closeAll);

  test.each<[string, () => unknown, string]>([
    ['nothing at all', () => undefined, 'expected inputs by name (x), got undefined'],
    ['no tensor', () => ({}), 'input x: expected float32[batch, 1], got nothing'],
    ['a tensor of another name', () => ({x: Float32Array.of(1), z: Float32Array.of(1)}), 'no input is named z'],
    ['another dtype', () => ({x: new Int32Array(2)}), 'got an Int32Array; pass a Float32Array'],
    ['a plain array', () => ({x: [1, 2]}), 'got an Array; pass a Float32Array'],
    ['a number', () => ({x: 1}), 'got 1; pass a Float32Array'],
    ['a buffer', () => ({x: new ArrayBuffer(8)}), 'got an ArrayBuffer; pass a Float32Array'],
    ['no elements', () => ({x: new Float32Array(0)}), 'got 0 elements'],
    ['no rows', () => ({x: {data: new Float32Array(0), shape: [0, 1]}}), 'got float32[0, 1]: it has no elements'],
    ['another shape', () => ({x: {data: new Float32Array(4), shape: [2, 2]}}), 'got float32[2, 2]'],
    ['another rank', () => ({x: {data: new Float32Array(4), shape: [4]}}), 'got float32[4]'],
    ['half a row', () => ({x: {data: new Float32Array(1), shape: [0.5, 1]}}), 'got float32[0.5, 1]'],
    ['a shape that lies', () => ({x: {data: new Float32Array(4), shape: [3, 1]}}), 'float32[3, 1] with 4 elements'],
    ['no shape', () => ({x: {data: new Float32Array(4), shape: '4'}}), 'a shape that is 4'],
    ['a detached buffer', () => ({x: detached()}), 'got a Float32Array whose buffer was transferred; pass a copy'],
    ['a detached buffer with its shape', () => ({x: {data: detached(), shape: [2, 1]}}), 'buffer was transferred'],
    ['NaN', () => ({x: Float32Array.of(1, 2, NaN)}), 'input x: element 2 is NaN'],
    ['infinity', () => ({x: Float32Array.of(-Infinity)}), 'input x: element 0 is -Infinity'],
    ['what throws where it is read', () => ({x: torn()}), 'scale: reading the inputs: Unexpected token'],
    ['a gibibyte', () => ({x: gibibyte()}), 'input x: expected at most 256 MiB for one call, got 1024 MiB'],
  ])('refuses %s by name, expected and got, and goes on', async (_, inputs, message) => {
    await expect(model.predict(inputs() as never)).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining(message) as string,
    });
    expect(await ys(model, {x: Float32Array.of(1)})).toEqual([2]);
  });

  test.each<[string, () => Float32Array]>([
    ['shared memory', () => new Float32Array(sharedMemory(), 8, 2)],
    ['the middle of a larger buffer', () => new Float32Array(new ArrayBuffer(64), 8, 2)],
    ['WASM memory', () => new Float32Array(new WebAssembly.Memory({initial: 1}).buffer, 8, 2)],
    ['a buffer that may grow', () => new Float32Array(growing(8))],
    ['another frame', () => new (frame().Float32Array)(2)],
    ['a class of the app’s, which takes other arguments', () => new Frame(2, 1)],
  ])('takes a view of %s', async (_, make) => {
    const x = make();
    x.set([3, -4]);
    expect(await ys(model, {x})).toEqual([6, -8]);
    expect([...x]).toEqual([3, -4]);
  });

  test('an array of a class of the app’s that waits is computed as it is', async () => {
    const frames = [1, 2, 3, 4].map(value => new Frame(2, 1).fill(value));
    expect(await Promise.all(frames.map(x => ys(model, {x})))).toEqual([2, 4, 6, 8].map(y => [y, y]));
  });

  test('64 MiB are computed', async () => {
    const {outputs} = await model.predict({x: new Float32Array(2 ** 24).fill(1.5)});
    expect([outputs.y!.data.length, outputs.y!.data.every(value => value === 3)]).toEqual([2 ** 24, true]);
  });
});

class Frame extends Float32Array {
  constructor(width: number, height: number) {
    super(width * height);
  }
}

const torn = () => Object.defineProperty({}, 'data', {get: () => JSON.parse('torn') as never});

function sharedMemory(): ArrayBuffer {
  return new WebAssembly.Memory({initial: 1, maximum: 1, shared: true}).buffer;
}

/** TypeScript's ES2023 has no second argument yet. */
function growing(bytes: number): ArrayBuffer {
  const Growing = ArrayBuffer as unknown as new (bytes: number, options: {maxByteLength: number}) => ArrayBuffer;
  return new Growing(bytes, {maxByteLength: 64});
}

function frame(): typeof globalThis {
  const element = document.createElement('iframe');
  document.body.append(element);
  return element.contentWindow as unknown as typeof globalThis;
}

test('a view takes no more to the worker than itself', async () => {
  let most = 0;
  const watched = () => {
    const worker = createWorker();
    const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
    worker.postMessage = (message: unknown, transfer: unknown) => {
      JSON.stringify(message, (_, value: unknown) => {
        if (ArrayBuffer.isView(value)) most = Math.max(most, value.buffer.byteLength);
        return ArrayBuffer.isView(value) ? undefined : value;
      });
      post(message, (transfer ?? []) as Transferable[]);
    };
    return worker;
  };
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
  const kedge = await client(registry, {runtimes: [onnx({createWorker: watched, providers: ['wasm']})]});
  const large = new Float32Array(2 ** 22);
  expect(await ys(await kedge.model('scale'), {x: large.subarray(5, 7)})).toEqual([0, 0]);
  expect(most).toBe(8);
  await closeAll();
});

describe('where the baseline answers', () => {
  afterEach(closeAll);
  const wrong = {x: Float32Array.of(1, NaN)};
  const refused = {
    code: 'input_invalid',
    message: expect.stringMatching(/^scale 1.0.0: .*input x: element 1 is NaN/) as string,
  };

  /** A version that fails its golden test. */
  async function failing(change: Partial<Manifest> = {}): Promise<Model> {
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {expectedScale: 3, change})]));
    return (await client(registry, {runtimes: runtimes()})).model('scale');
  }

  test('since no version can, what no model would be asked is refused as well', async () => {
    const model = await failing();
    await expect(model.predict(wrong)).rejects.toMatchObject(refused);
    expect((await model.predict({x: Float32Array.of(1)})).served.source).toBe('baseline');
  });

  test('since the model was turned off, so too', async () => {
    const registry = await TestRegistry.create();
    const release = registry.release([await registry.publish('1.0.0', 2)]);
    await registry.putRelease(release);
    const kedge = await client(registry, {runtimes: runtimes()});
    const model = await kedge.model('scale');
    release.models.scale!.enabled = false;
    await registry.putRelease({...release, version: 2});
    await kedge.refresh();
    await expect(model.predict(wrong)).rejects.toMatchObject(refused);
    expect((await model.predict({x: Float32Array.of(1)})).served).toMatchObject({reason: 'model_disabled'});
  });

  test('declared values go through: a range that is the model’s business, NaN where it is allowed', async () => {
    const x = {...spec('x'), range: [0, 1] as [number, number], nonFinite: true};
    const model = await failing({inputs: [x]});
    expect((await model.predict({x: Float32Array.of(5, NaN)})).served.source).toBe('baseline');
  });
});

describe('several inputs', () => {
  afterEach(closeAll);
  const add = (shape: TensorSpec['shape']) => {
    const specs = {a: ['float32', shape] as const, b: ['float32', shape] as const};
    const y = {y: ['float32', shape] as const};
    const files = new Map([['model.onnx', onnxGraph([{op: 'Add', inputs: ['a', 'b'], output: 'y'}], specs, y)]]);
    const inputs = [spec('a', 'float32', shape), spec('b', 'float32', shape)];
    return loaded(files, {inputs, outputs: [spec('y', 'float32', shape)], golden: []});
  };
  const refused = (message: string) => ({
    ...{code: 'input_invalid', message: expect.stringContaining(message) as string},
  });

  test('whose symbolic dimensions disagree are refused, though the runtime would broadcast them', async () => {
    const model = await add(['n', 1]);
    const wrong = model.predict({a: Float32Array.of(1, 2), b: Float32Array.of(3)});
    await expect(wrong).rejects.toMatchObject(
      refused('input b: expected float32[n, 1], got float32[1, 1], while n is 2'),
    );
    expect(await ys(model, {a: Float32Array.of(1, 2), b: Float32Array.of(3, 4)})).toEqual([4, 6]);
  });

  test('with two open dimensions need a shape', async () => {
    const model = await add(['h', 'w']);
    const data = Float32Array.of(1, 2, 3, 4);
    await expect(model.predict({a: data, b: data})).rejects.toMatchObject(refused('say nothing of h and w; pass'));
    const input = {data, shape: [2, 2]};
    expect(await ys(model, {a: input, b: input})).toEqual([2, 4, 6, 8]);
  });

  test('count together towards what one call may bring', async () => {
    const model = await add(['n', 1]);
    const half = new Float32Array(2 ** 25 + 1);
    await expect(model.predict({a: half, b: half})).rejects.toMatchObject(refused('input a, b: expected at most'));
  });
});

describe('every dtype', () => {
  afterEach(closeAll);
  const identity = (dtype: DType, change: Partial<TensorSpec> = {}) => {
    const specs = {x: [dtype, ['batch', 1]] as const};
    const y = {y: [dtype, ['batch', 1]] as const};
    const files = new Map([['model.onnx', onnxGraph([{op: 'Identity', inputs: ['x'], output: 'y'}], specs, y)]]);
    const [input, output] = [spec('x', dtype), spec('y', dtype)].map(each => ({...each, ...change}));
    return loaded(files, {inputs: [input!], outputs: [output!], golden: []});
  };

  test.each([
    ['int64', BigInt64Array.of(2n ** 62n + 1n, -1n)],
    ['int32', Int32Array.of(2 ** 31 - 1, -1)],
    ['uint8', Uint8Array.of(255, 0)],
    ['int8', Int8Array.of(-128, 127)],
    ['bool', Uint8Array.of(1, 0)],
    ['float16', Uint16Array.of(0x3c00, 0xc000)],
    ['float64', Float64Array.of(0.1, -1e300)],
  ] as const)('%s comes back as it was', async (dtype, x) => {
    const {outputs} = await (await identity(dtype)).predict({x});
    expect(outputs.y).toEqual({dtype, shape: [2, 1], data: x});
  });

  test.each<[DType, Input, string]>([
    ['bool', Uint8Array.of(1, 2), 'input x: element 1 is 2, outside [0, 1]'],
    ['float16', Uint16Array.of(0x3c00, 0x7e00), 'input x: element 1 is NaN'],
    ['float16', Float32Array.of(1), 'got a Float32Array; pass a Uint16Array of bit patterns'],
    ['int64', Int32Array.of(1), 'got an Int32Array; pass a BigInt64Array'],
    ['bool', [true] as never, 'got an Array; pass a Uint8Array of 0 and 1'],
  ])('%s refuses what is none', async (dtype, x, message) => {
    await expect((await identity(dtype)).predict({x})).rejects.toMatchObject({
      code: 'input_invalid',
      message: expect.stringContaining(message) as string,
    });
  });

  test('NaN goes through where the version declares it', async () => {
    const model = await identity('float32', {nonFinite: true});
    expect(await ys(model, {x: Float32Array.of(NaN, -Infinity)})).toEqual([NaN, -Infinity]);
  });
});
