import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {haveWebgpu} from '../../testing/binaries.js';
import {client, closeAll, createWorker} from '../../testing/client.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {onnxGraph} from '../../testing/onnx-graph.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Model, ModelOptions} from '../api.js';
import {onnx} from '../onnx/index.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const spec = (name: string, dtype: string, shape: (number | string)[]) => ({name, dtype, shape});

/** The only version of a model of one node, and the workers that were started for it. */
async function only(
  graph: Uint8Array<ArrayBuffer>,
  change: object,
  options: ModelOptions = {},
  providers: ExecutionProvider[] = ['wasm'],
) {
  if (providers.includes('webgpu')) await haveWebgpu();
  const registry = await TestRegistry.create();
  const files = new Map([['model.onnx', graph]]);
  const more = {golden: [], ...change} as Partial<Manifest>;
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {files, change: more})]));
  const workers: Worker[] = [];
  const start = () => {
    workers.push(createWorker());
    return workers.at(-1)!;
  };
  const runtimes = [onnx({createWorker: start, providers})];
  const kedge = await client(registry, {runtimes, pollSeconds: 0});
  return {kedge, workers, model: await kedge.model('scale', options)};
}

const settled = (model: Model, inputs: object) =>
  model.predict(inputs as never).then(
    ({outputs, served}) => [outputs.y!.data[0], served.source],
    ({code}: {code: string}) => code,
  );

describe('a version that fails for what it is asked, with none before it', () => {
  const one = (op: string, options?: ModelOptions, providers?: ExecutionProvider[]) =>
    only(
      onnxGraph([{op, inputs: ['x'], output: 'y'}], {x: ['float32', ['n', 1]]}, {y: ['float32', ['n', 1]]}),
      {
        ...{inputs: [spec('x', 'float32', ['n', 1])], outputs: [spec('y', 'float32', ['n', 1])]},
        baseline: {y: [-1]},
      },
      options,
      providers,
    );
  const log = (options?: ModelOptions) => one('Log', options);

  test.each<[ExecutionProvider[]]>([[['wasm', 'wasm:2']], [['wasm:2', 'wasm']], [['wasm', 'webgpu', 'wasm:2']]])(
    'has nothing to win from the same kernels with other threads: %s',
    async providers => {
      const {model, workers} = await one('Sqrt', {}, providers);
      const answers = [];
      for (const value of [4, -1, -1, -1, -1, 9]) answers.push(await settled(model, {x: Float32Array.of(value)}));
      const naive = [-1, 'baseline'];
      expect(answers).toEqual([[2, 'model'], naive, naive, naive, naive, [3, 'model']]);
      expect(workers).toHaveLength(1);
    },
  );

  test('serves on: the baseline answers what it can’t, and the next good call is right', async () => {
    const {model} = await log();
    const answers = [];
    for (const value of [1, 0, 0, 0, 0, 1, 0, 1]) answers.push(await settled(model, {x: Float32Array.of(value)}));
    const [right, naive] = [
      [0, 'model'],
      [-1, 'baseline'],
    ];
    expect(answers).toEqual([right, naive, naive, naive, naive, right, naive, right]);
    expect(model.served).toMatchObject({source: 'model', version: '1.0.0'});
  });

  test('is not left for a GPU, which has a finite number for the logarithm of 0', async () => {
    const {model} = await one('Log', {}, ['wasm', 'webgpu']);
    const answers = [];
    for (const value of [1, 0, 0, 0, 0, 1]) answers.push(await settled(model, {x: Float32Array.of(value)}));
    const naive = [-1, 'baseline'];
    expect(answers).toEqual([[0, 'model'], naive, naive, naive, naive, [0, 'model']]);
    expect(model.served.executionProvider).toBe('wasm');
  });

  test('goes on telling the caller’s mistakes', async () => {
    const {model} = await log({baseline: ({x}) => ({y: x!.data})});
    for (let i = 0; i < 4; i++) await settled(model, {x: Float32Array.of(0)});
    expect(model.manifest).toMatchObject({version: '1.0.0'});
    for (const x of [Float32Array.of(NaN), Int32Array.of(7), 1, undefined])
      await expect(model.predict({x} as never)).rejects.toMatchObject({
        code: 'input_invalid',
        message: expect.stringMatching(/input x/) as string,
      });
  });

  test.each(['/encoder/gather', '/backend/gather', '/WebAssembly/no available', '/out of memory/device lost'])(
    'whatever its nodes are named: %s',
    async name => {
      const nodes = [{op: 'Gather', inputs: ['x', 'i'], output: 'y', name}];
      const inputs = {x: ['float32', ['n']], i: ['int64', ['k']]} as const;
      const {kedge, model, workers} = await only(onnxGraph(nodes, inputs, {y: ['float32', ['k']]}), {
        inputs: [spec('x', 'float32', ['n']), spec('i', 'int64', ['k'])],
        outputs: [spec('y', 'float32', ['k'])],
        baseline: undefined,
      });
      const x = Float32Array.of(1, 2, 3);
      const answers = [];
      for (const i of [1n, 9n, 9n, 9n, 9n, 1n]) answers.push(await settled(model, {x, i: BigInt64Array.of(i)}));
      const wrong = Array(4).fill('model_invalid') as string[];
      expect(answers).toEqual([[2, 'model'], ...wrong, [2, 'model']]);
      expect(workers).toHaveLength(1);
      expect((await kedge.model('scale')).problems).toEqual([]);
    },
  );
});

test('a version whose other provider does not start serves on', async () => {
  const {model: open, says, workers} = await faulty({'load webgpu': 'poison'}, ['webgpu', 'wasm']);
  const model = await open();
  const {length} = workers;
  await says({'run wasm': 'nan'});
  for (let i = 0; i < 5; i++) expect(await asked(model, i)).toMatchObject({y: -1, reason: 'output_invalid'});
  await says({'run wasm': null});
  expect(await asked(model, 5)).toMatchObject({y: 10, source: 'model', provider: 'wasm'});
  expect(workers).toHaveLength(length);
});

test('a version that crashes in a loop, with none before it, leaves its manifest to the baseline', async () => {
  const {model: open, says, workers} = await faulty();
  const model = await open();
  await says({'run wasm': 'crash'});
  for (let i = 0; i < 4; i++) expect(await asked(model, i)).toMatchObject({y: -1, source: 'baseline'});
  const {length} = workers;
  await expect(model.predict({x: Float32Array.of(NaN)})).rejects.toMatchObject({code: 'input_invalid'});
  expect(await asked(model, 5)).toMatchObject({y: -1, reason: 'worker_lost'});
  expect(workers).toHaveLength(length);
});
