import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {client, closeAll, createWorker} from '../../testing/client.js';
import {forgetFlights} from '../../testing/flights.js';
import {onnxGraph} from '../../testing/onnx-graph.js';
import {TestRegistry} from '../../testing/registry.js';
import {graph, node, placeholder} from '../../testing/tfjs-doubler.js';
import type {Kedge, Model} from '../api.js';
import {onnx} from '../onnx/index.js';
import {tfjs} from '../tfjs/index.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.unstubAllGlobals();
  await closeAll();
});

const createTfjsWorker = () => new Worker(new URL('../tfjs/worker.ts', import.meta.url), {type: 'module'});

const column = (name: string) => ({name, dtype: 'float32' as const, shape: ['batch', 1]});
const columns = (...names: string[]) =>
  Object.fromEntries(names.map(name => [name, ['float32', ['batch', 1]] as const]));

/** A client, and what its only worker is sent to be given away. */
async function opened(files: Map<string, Uint8Array<ArrayBuffer>>, change: Partial<Manifest> = {}) {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 1, {files, change: {golden: [], ...change}});
  await registry.putRelease(registry.release([version]));
  const sent: ArrayBuffer[][] = [];
  const watched = (create: () => Worker) => () => {
    const worker = create();
    const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
    worker.postMessage = (message: {path?: string[]}, transfer: unknown) => {
      if (message.path?.[0] === 'run') sent.push(transfer as ArrayBuffer[]);
      post(message, transfer as Transferable[]);
    };
    return worker;
  };
  const runtimes = [
    onnx({createWorker: watched(createWorker), providers: ['wasm']}),
    tfjs({createWorker: watched(createTfjsWorker), providers: ['cpu']}),
  ];
  const kedge = await client(registry, {runtimes});
  return {kedge, model: await warm(kedge), sent};
}

/** Its file is here that keeps calls in order. */
async function warm(kedge: Kedge): Promise<Model> {
  const model = await kedge.model('scale');
  await model.predict({x: Float32Array.of(1), z: Float32Array.of(1)}).catch(() => model.predict(rows(1)));
  await new Promise(resolve => setTimeout(resolve, 300));
  return model;
}

const identity = onnxGraph([{op: 'Identity', inputs: ['x'], output: 'y'}], columns('x'), columns('y'));
const onnxIdentity = new Map([['model.onnx', identity]]);
const tfjsIdentity = graph([placeholder('x'), node('y', 'Identity', 'x')], 1, {outputs: ['y']});

const large = 2 ** 15;
const rows = (value: number, length = large) => ({x: new Float32Array(length).fill(value)});
const answer = async (model: Model, value: number, length?: number) =>
  (await model.predict(rows(value, length))).outputs.y!.data as Float32Array;

/** How many arrays are made of a length, or of another array, until the globals are put back. */
function countArrays(): () => number {
  let made = 0;
  const construct = (plain: typeof Float32Array, args: unknown[]) => {
    made++;
    return Reflect.construct(plain, args) as object;
  };
  const plain = Float32Array;
  vi.stubGlobal('Float32Array', new Proxy(plain, {construct}));
  return () => made;
}

describe.each([
  ['onnx', onnxIdentity, {}],
  ['tfjs', tfjsIdentity, {format: 'tfjs-graph', entry: 'model.json'}],
] as const)('%s, a model that answers with its input', (_, files, change) => {
  test('calls one after another get what is theirs, and keep it; what the caller has stays as it is', async () => {
    const {model} = await opened(files, change);
    const given = Array.from({length: 8}, (_, i) => rows(i, large - (i % 3)));
    const answers = [];
    for (const inputs of given) answers.push((await model.predict(inputs)).outputs.y!.data);
    const bursts = await Promise.all(given.map(inputs => model.predict(inputs)));
    answers.push(...bursts.map(({outputs}) => outputs.y!.data));
    for (const [i, data] of answers.entries()) expect(data).toEqual(rows(i % 8, large - ((i % 8) % 3)).x);
    expect(given).toEqual(given.map((_, i) => rows(i, large - (i % 3))));
  });
});

test('what a call is given goes in memory that is given away, and comes back: the next calls need none', async () => {
  const {model, sent} = await opened(onnxIdentity);
  await answer(model, 1);
  const inputs = rows(7);
  const made = countArrays();
  sent.length = 0;
  for (let i = 0; i < 5; i++) await model.predict(inputs);
  expect(made()).toBe(0);
  expect(sent.map(buffers => buffers.map(({byteLength}) => byteLength))).toEqual(Array(5).fill([0]));
  expect(inputs).toEqual(rows(7));
});

test('of calls at once as well, also of those that nobody waits for any more', async () => {
  const {model} = await opened(onnxIdentity);
  const burst = async (value: number) => {
    const calls = Array.from({length: 3}, (_, i) => answer(model, value + i));
    const stop = new AbortController();
    const late = model.predict(rows(value), {signal: stop.signal});
    stop.abort(new Error('enough'));
    await expect(late).rejects.toThrow('enough');
    for (const [i, data] of (await Promise.all(calls)).entries()) expect(data).toEqual(rows(value + i).x);
  };
  for (let i = 0; i < 3; i++) await burst(10 * i);
  const inputs = [rows(1), rows(2), rows(3)];
  const made = countArrays();
  await Promise.all(inputs.map(one => model.predict(one)));
  expect(made()).toBe(0);
});

test('one array that an app gives away for two inputs is not written over as two', async () => {
  const nodes = [{op: 'Sub', inputs: ['x', 'z'], output: 'y'}];
  const files = new Map([['model.onnx', onnxGraph(nodes, columns('x', 'z'), columns('y'))]]);
  const change = {inputs: [column('x'), column('z')], outputs: [column('y')]};
  const {model} = await opened(files, change);
  const both = new Float32Array(large).fill(4);
  for (let i = 0; i < 2; i++) {
    const one = both.slice();
    const {outputs} = await model.predict({x: one, z: one}, {transfer: true});
    expect(outputs.y!.data).toEqual(new Float32Array(large));
  }
  for (let i = 0; i < 3; i++) {
    const {outputs} = await model.predict({x: both, z: both.map(value => value - i)});
    expect(outputs.y!.data).toEqual(new Float32Array(large).fill(i));
  }
});

test('what is too large to be kept, or of another size than the last, is right too', async () => {
  const {model} = await opened(onnxIdentity);
  for (const length of [2 ** 22, large, 2 ** 22 + 1, 3, large + 1, 2 ** 22]) {
    const data = await answer(model, length % 7, length);
    expect([data.length, data.every(value => value === length % 7)]).toEqual([length, true]);
  }
});
