import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {client, closeAll, createWorker} from '../../testing/client.js';
import {asked, baseline, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {onCopy} from '../../testing/on-copy.js';
import {onnxGraph} from '../../testing/onnx-graph.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Model, ModelOptions} from '../api.js';
import {onnx} from '../onnx/index.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.unstubAllGlobals();
  await closeAll();
});

const right = {source: 'model', provider: 'wasm'};

/**
 * So many float32 are just below the end of a heap of 4 GiB, which holds something already: they fail before any is written.
 * Fewer fit once, and a page would be filled with gigabytes before the second tensor finds no room.
 */
const tooMany = 1_073_000_000n;

/** A model that gives as many zeros as it is asked for, visits of its page, and the workers of all of them. */
async function zeros() {
  const registry = await TestRegistry.create();
  const nodes = [
    {op: 'ConstantOfShape', inputs: ['n'], output: 'zeros'},
    {op: 'Add', inputs: ['zeros', 'zeros'], output: 'y'},
  ];
  const file = onnxGraph(nodes, {n: ['int64', [1]]}, {y: ['float32', ['rows']]});
  const change: Partial<Manifest> = {
    inputs: [{name: 'n', dtype: 'int64', shape: [1]}],
    outputs: [{name: 'y', dtype: 'float32', shape: ['rows']}],
    ...{golden: [], baseline: undefined},
  };
  const files = new Map([['model.onnx', file]]);
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {files, change})]));
  const workers: Worker[] = [];
  const start = () => {
    workers.push(createWorker());
    return workers.at(-1)!;
  };
  const visit = async (options?: ModelOptions) => {
    const kedge = await client(registry, {runtimes: [onnx({createWorker: start, providers: ['wasm']})]});
    return kedge.model('scale', options);
  };
  return {visit, workers};
}

const count = async (model: Model, rows: bigint) => {
  const {outputs, served} = await model.predict({n: BigInt64Array.of(rows)});
  return [served.source, outputs.y!.data.length];
};

describe('an input for which the heap is too small', () => {
  test('is answered by the baseline each time, without a second try; the next is right, and the next visit', async () => {
    const {visit, workers} = await zeros();
    const model = await visit({baseline});
    expect(await count(model, 4n)).toEqual(['model', 4]);
    for (let time = 1; time <= 3; time++) {
      expect(await count(model, tooMany)).toEqual(['baseline', 1]);
      expect(workers).toHaveLength(time);
    }
    expect(await count(model, 5n)).toEqual(['model', 5]);
    const next = await visit({baseline});
    expect([await count(next, 6n), next.problems]).toEqual([['model', 6], []]);
  });

  test('is refused by its cause where there is no baseline', async () => {
    const model = await (await zeros()).visit();
    await expect(count(model, tooMany)).rejects.toMatchObject({message: expect.stringMatching(/bad_alloc/) as string});
    expect(await count(model, 5n)).toEqual(['model', 5]);
  });

  test('several of them at once do no harm to what waits behind', async () => {
    const model = await (await zeros()).visit({baseline});
    await count(model, 4n);
    const answers = await Promise.all([tooMany, tooMany, tooMany, 5n, 6n].map(rows => count(model, rows)));
    expect(answers).toEqual([...Array<unknown>(3).fill(['baseline', 1]), ['model', 5], ['model', 6]]);
  });

  test('three times in a row leaves the provider for one that may have more, for this page', async () => {
    const {model: open, says} = await faulty({}, ['wasm', 'webgpu']);
    const model = await open();
    await says({'run wasm': 'memory'});
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await asked(model, i));
    expect(answers).toMatchObject([{y: -1}, {y: -1}, {y: 4, source: 'model', provider: 'webgpu'}]);
    await says({'run wasm': null});
    const next = await open();
    expect([await asked(next, 1), next.problems]).toMatchObject([{...right, y: 2}, []]);
  });
});

/** An array of which no copy can be made, as where the page's memory is spent. */
const uncopied = <Data extends Float32Array | BigInt64Array>(data: Data) =>
  onCopy(data, () => {
    throw new RangeError('Array buffer allocation failed');
  });

describe('a page that has no memory for a copy of the inputs', () => {
  const kinds = [{}, {signal: new AbortController().signal}, {priority: 1}, {deadlineMs: 60_000}];

  test.each(['cold', 'warm'])('%s: the baseline answers, and nothing else is to blame', async state => {
    const {open, workers} = await faulty();
    const kedge = await open();
    const model = await kedge.model('scale', {
      baseline: ({x}) => ({y: new Float32Array(x!.data.length).fill(-1)}),
    });
    if (state === 'warm') for (let i = 0; i < 2; i++) await asked(model, i).then(() => pause(100));
    for (const [i, options] of [...kinds, ...kinds].entries()) {
      // Of a length for which no copy is left of an earlier call.
      const values = Array.from({length: i + 2}, (_, at) => at);
      const x = uncopied(Float32Array.from(values));
      const {outputs, served} = await model.predict({x}, options);
      expect([outputs.y!.data[0], served.source, served.reason]).toEqual([-1, 'baseline', 'runtime_unavailable']);
      await model.predict({x: new Float32Array(values.length).fill(7)});
      expect([...x]).toEqual(values);
    }
    expect(await asked(model, 4)).toMatchObject({...right, y: 8});
    const again = await kedge.model('scale');
    expect([await asked(again, 5), model.problems, again.problems]).toMatchObject([{...right, y: 10}, [], []]);
    expect(workers).toHaveLength(1);
  });

  test('rejects where there is no baseline, and where what was given has to be copied at once', async () => {
    const model = await (await zeros()).visit();
    const n = uncopied(BigInt64Array.of(4n, 5n).subarray(1));
    await expect(model.predict({n})).rejects.toMatchObject({
      code: 'runtime_unavailable',
      message: 'scale: copying the inputs: Array buffer allocation failed',
    });
    expect(await count(model, 5n)).toEqual(['model', 5]);
  });

  test('nor for a batch of them: each is computed alone', async () => {
    const {model: open, workers} = await faulty();
    const model = await open();
    const many = () => Promise.all([1, 2, 3, 4].map(value => asked(model, value)));
    for (let i = 0; i < 3; i++) await many().then(() => pause(300));
    const restore = failToJoin();
    const answers = await many().finally(restore);
    expect([answers, restore()]).toMatchObject([[2, 4, 6, 8].map(y => ({...right, y})), expect.any(Number)]);
    expect(workers).toHaveLength(1);
  });
});

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** No array of several rows can be made. @returns ends that, and says how often it was tried */
function failToJoin(): () => number {
  let times = 0;
  const fail = () => {
    times++;
    throw new RangeError('Array buffer allocation failed');
  };
  const {prototype} = Float32Array;
  const value = Object.defineProperty(
    function () {
      fail();
    },
    Symbol.species,
    {value: Float32Array},
  );
  Object.defineProperty(prototype, 'constructor', {value, configurable: true, writable: true});
  return () => {
    Object.defineProperty(prototype, 'constructor', {value: Float32Array, configurable: true, writable: true});
    return times;
  };
}
