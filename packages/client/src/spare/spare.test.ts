import {KedgeError} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';
import {rowsOfRuns} from '../../testing/rows-of-runs.js';
import type {KedgeOptions, Model, PredictOptions, RuntimeDescriptor} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const numbers = (count: number) => Array.from({length: count}, (_, i) => i + 1);

async function asked(model: Model, value: number, options: PredictOptions = {}) {
  const {outputs, served} = await model.predict({x: Float32Array.of(value)}, options);
  return {y: outputs.y!.data[0], source: served.source};
}

const right = (value: number) => ({y: 2 * value, source: 'model'});
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: Error) => (error instanceof KedgeError ? error.code : error.name),
  );

/** How many runs were asked of each worker from its start on, and whether it was ended. */
function watched(descriptor: RuntimeDescriptor) {
  const seen: {runs: number; ended: boolean}[] = [];
  const createWorker = () => {
    const worker = descriptor.createWorker();
    seen.push(watch(worker));
    return worker;
  };
  const alive = () => seen.filter(({ended}) => !ended).length;
  const runs = () => seen.map(each => each.runs);
  return {runtime: {...descriptor, createWorker}, alive, runs};
}

function watch(worker: Worker) {
  const known = {runs: 0, ended: false};
  const [post, end] = [worker.postMessage.bind(worker), worker.terminate.bind(worker)];
  worker.postMessage = (message: {path?: string[]}, transfer: unknown) => {
    if (message.path?.[0] === 'run') known.runs++;
    post(message, transfer as never);
  };
  worker.terminate = () => {
    known.ended = true;
    end();
  };
  return known;
}

/** A model that multiplies by 2, its first worker, and the spare one once it has the model as well. */
async function pair(options: Partial<KedgeOptions> = {}) {
  const registry = await TestRegistry.create();
  const published = await registry.publish('1.0.0', 2, {change: {baseline: undefined}});
  await registry.putRelease(registry.release([published]));
  const faulty = faultyRuntime();
  const {runtime, alive, runs} = watched(faulty.runtime);
  const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0, spare: true, ...options});
  const model = await kedge.model('scale');
  await asked(model, 0);
  const spare = async () => (await kedge.explain('scale')).spare;
  const ready = () => expect.poll(spare, {timeout: 20_000}).toBe('ready');
  return {...faulty, kedge, model, spare, ready, bytes: published.bytes, alive, runs};
}

const crash = (worker: Worker) => {
  worker.terminate();
  worker.dispatchEvent(new ErrorEvent('error', {message: 'crashed'}));
};

describe('a spare worker', () => {
  test('computes beside the first, alone and in batches, and every answer is right', async () => {
    const {model, ready, runs, workers, says} = await pair();
    await ready();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(numbers(32).map(value => asked(model, value)));
      expect(answers).toEqual(numbers(32).map(right));
      await pause(100);
    }
    await says({'run wasm': 'slow'});
    const before = runs();
    await Promise.all(numbers(32).map(value => asked(model, value)));
    const added = runs().map((count, i) => count - before[i]!);
    expect(workers).toHaveLength(2);
    expect(Math.min(...added)).toBeGreaterThan(0);
    expect(added[0]! + added[1]!).toBeLessThan(32);
  });

  test('is none without the option', async () => {
    const {model, spare, workers} = await pair({spare: false});
    await Promise.all(numbers(8).map(value => asked(model, value)));
    expect([await spare(), workers.length]).toEqual([null, 1]);
  });

  test('is none for a model that is too large for two, and `explain` says so', async () => {
    const {model, spare, workers, bytes} = await pair({workerBudgetBytes: 1});
    await expect.poll(spare, {timeout: 20_000}).toContain(`would be ${2 * bytes}, over workerBudgetBytes of 1`);
    expect(await Promise.all(numbers(8).map(value => asked(model, value)))).toEqual(numbers(8).map(right));
    expect(workers).toHaveLength(1);
  });

  test('takes no call in mode `latest` beside others, so that none overtakes an older one', async () => {
    const {model, ready, workers, says} = await pair();
    await ready();
    const rows = rowsOfRuns(workers[1]!);
    const most = () => Math.max(0, ...rows);
    await expect.poll(() => Promise.all(numbers(32).map(value => asked(model, value))).then(most)).toBeGreaterThan(1);
    await says({'run wasm': 'busy 3000'});
    // So that the page knows how long such a run takes.
    await asked(model, 0, {mode: 'latest'});
    const order: string[] = [];
    const log = (name: string, call: Promise<unknown>) => call.then(() => order.push(name));
    const older = log('older', asked(model, 1, {mode: 'latest'}));
    await pause(50);
    await says({'run wasm': null});
    const others = [2, 3, 4].map(value => log('beside', asked(model, value)));
    const newer = log('newer', asked(model, 5, {mode: 'latest'}));
    await Promise.all([older, newer, ...others, ...[6, 7].map(value => log('beside', asked(model, value)))]);
    expect(order.filter(name => name !== 'beside')).toEqual(['older', 'newer']);
    expect(order[0]).toBe('beside');
  });

  test('leaves mode `latest` its order: one at a time, and only the newest waits', async () => {
    const {model, ready, says} = await pair();
    await ready();
    await says({'run wasm': 'slow'});
    const order: number[] = [];
    const frames = [1, 2, 3, 4].map(value => code(asked(model, value, {mode: 'latest'}).then(() => order.push(value))));
    expect(await Promise.all(frames)).toEqual(['answered', 'superseded', 'superseded', 'answered']);
    expect(order).toEqual([1, 4]);
  });
});

describe('where a worker is lost', () => {
  test.each([0, 1])('(number %i) its calls are made again in the other one, which waits for no start', async lost => {
    const {model, ready, says, workers} = await pair();
    await ready();
    // Whatever starts from here on never ends.
    await says({'run wasm': 'slow', 'load wasm': 'loop'});
    const calls = numbers(8).map(value => asked(model, value));
    await pause(20);
    crash(workers[lost]!);
    expect(await Promise.all(calls)).toEqual(numbers(8).map(right));
    expect(await asked(model, 9)).toEqual(right(9));
  });

  test('a new spare one starts behind it, and takes over in its turn', async () => {
    const {kedge, model, ready, workers, alive} = await pair();
    const other = await kedge.forUnit('other').model('scale');
    for (const i of [0, 1]) {
      await ready();
      const before = workers.length;
      crash(workers[i]!);
      expect(await asked(model, i)).toEqual(right(i));
      await ready();
      expect([workers.length, alive()]).toEqual([before + 1, 2]);
      expect(await asked(other, i)).toEqual(right(i));
    }
    expect(model.problems).toEqual([]);
  });

  test('to a run without end, what else is asked is answered meanwhile', async () => {
    const {model, ready, says} = await pair();
    await ready();
    await says({'run wasm': 'loop'});
    const stop = new AbortController();
    const stuck = code(asked(model, 1, {signal: stop.signal, terminate: true}));
    await says({'run wasm': null});
    for (const value of [2, 3, 4, 5]) expect(await asked(model, value)).toEqual(right(value));
    stop.abort();
    expect(await stuck).toBe('AbortError');
    expect(await Promise.all(numbers(32).map(value => asked(model, value)))).toEqual(numbers(32).map(right));
    await ready();
  });
});

describe('both workers', () => {
  test('give back what a released model held, and begin again with the next', async () => {
    const {kedge, model, ready, alive} = await pair();
    await ready();
    expect(alive()).toBe(2);
    const pending = Promise.all(numbers(32).map(value => asked(model, value)));
    await model.release();
    expect(await pending).toEqual(numbers(32).map(right));
    // The first one keeps the store.
    await expect.poll(alive).toBe(1);
    const again = await kedge.model('scale');
    expect(await asked(again, 5)).toEqual(right(5));
    await ready();
    expect(alive()).toBe(2);
  });

  test('end with the client, whatever they are at, and none is started after it', async () => {
    const {kedge, model, ready, says, alive, workers} = await pair();
    await ready();
    await says({'run wasm': 'slow 5000'});
    const pending = numbers(32).map(value => code(asked(model, value)));
    crash(workers[0]!);
    await pause(5);
    await kedge.close();
    expect(new Set(await Promise.all(pending))).toEqual(new Set(['closed']));
    await pause(200);
    expect(alive()).toBe(0);
  });
});
