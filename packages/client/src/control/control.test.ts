import {KedgeError} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {client, closeAll} from '../../testing/client.js';
import {type Faulty, faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';
import {rowsOfRuns} from '../../testing/rows-of-runs.js';
import type {Model, PredictOptions} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const x = (...values: number[]) => ({x: Float32Array.from(values)});
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

async function asked(model: Model, value: number, options: PredictOptions = {}) {
  const {outputs, served} = await model.predict(x(value), options);
  return {y: outputs.y!.data[0], source: served.source};
}

const right = (value: number) => ({y: 2 * value, source: 'model'});
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: Error) => (error instanceof KedgeError ? error.code : error.name),
  );

/** A model whose worker fails as told, and how many rows each of its runs had. */
async function device(faults: Faulty = {}) {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {baseline: undefined}})]));
  const faulty = faultyRuntime(faults);
  const kedge = await client(registry, {runtimes: [faulty.runtime], pollSeconds: 0});
  const model = await kedge.model('scale');
  const [worker] = faulty.workers;
  const rows = rowsOfRuns(worker!);
  // The first run brings the file that keeps calls in order.
  await asked(model, 0);
  await expect
    .poll(() => performance.getEntriesByType('resource').some(({name}) => name.includes('control')))
    .toBe(true);
  await pause(100);
  rows.length = 0;
  return {...faulty, kedge, model, rows};
}

/** Until batches are known to be right. */
async function tried(model: Model): Promise<void> {
  await Promise.all([1, 2, 3, 4].map(value => asked(model, value)));
  await pause(300);
}

/** How often a session's end was asked of the newest worker. */
function sessionsReleased(workers: readonly Worker[]): () => number {
  const worker = workers.at(-1)!;
  let count = 0;
  const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
  worker.postMessage = (message: {path?: string[]}, transfer: unknown) => {
    if (message.path?.[0] === 'release') count++;
    post(message, transfer as Transferable[]);
  };
  return () => count;
}

describe('mode latest', () => {
  test('only the newest waits; those that it replaces are told at once', async () => {
    const {model, says} = await device();
    await says({'run wasm': 'slow'});
    const frames = [1, 2, 3, 4].map(value => asked(model, value, {mode: 'latest'}));
    expect(await Promise.race([code(frames[2]!), pause(20)])).toBe('superseded');
    expect(await Promise.all(frames.map(code))).toEqual(['answered', 'superseded', 'superseded', 'answered']);
    expect(await frames[3]).toEqual(right(4));
  });

  test('leaves calls in mode queue, and those of another model, alone', async () => {
    const {kedge, model, says} = await device();
    const other = await kedge.model('scale');
    await says({'run wasm': 'slow'});
    const calls = [
      asked(model, 1),
      asked(model, 2),
      asked(other, 3, {mode: 'latest'}),
      asked(model, 4, {mode: 'latest'}),
      asked(model, 5),
    ];
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5].map(right));
  });
});

test('the highest priority goes first, equals in their order', async () => {
  const {model, says} = await device();
  await says({'run wasm': 'slow'});
  const order: number[] = [];
  const calls = [0, 0, 0, -1, 5, 0].map((priority, i) => asked(model, i, {priority}).then(() => order.push(i)));
  await Promise.all(calls);
  expect(order).toEqual([0, 4, 1, 2, 5, 3]);
});

describe('abort', () => {
  test('ends a call at once, computed or waiting; the late answer is discarded', async () => {
    const {model, says, rows} = await device();
    await says({'run wasm': 'slow 400'});
    const stop = new AbortController();
    const calls = [1, 2, 3].map(value => code(asked(model, value, {signal: stop.signal})));
    const began = performance.now();
    stop.abort();
    expect(await Promise.all(calls)).toEqual(['AbortError', 'AbortError', 'AbortError']);
    expect(performance.now() - began).toBeLessThan(300);
    expect(await asked(model, 4)).toEqual(right(4));
    expect(rows).toEqual([1, 1, 1]);
  });

  test('with terminate it ends the worker: what else was asked is made again, and nothing counts as a crash', async () => {
    const {model, says, workers} = await device();
    for (const round of [1, 2, 3, 4]) {
      await says({'run wasm': 'loop'});
      const stop = new AbortController();
      const endless = code(asked(model, 1, {signal: stop.signal, terminate: true}));
      const others = [2, 3, 4].map(value => asked(model, value));
      await pause(100);
      void says({'run wasm': null});
      stop.abort();
      expect(await endless).toBe('AbortError');
      expect(await Promise.all(others)).toEqual([2, 3, 4].map(right));
      expect(workers).toHaveLength(1 + round);
    }
    expect(model.problems).toEqual([]);
  });

  test('with terminate it does not end a worker that was given away what another call needs', async () => {
    const {model, says} = await device();
    await says({'run wasm': 'loop'});
    const stop = new AbortController();
    const endless = code(asked(model, 1, {signal: stop.signal, terminate: true}));
    const others = [2, 3, 4].map(value => asked(model, value, {transfer: true}));
    await pause(100);
    void says({'run wasm': null});
    stop.abort();
    expect(await endless).toBe('AbortError');
    expect(await Promise.all(others)).toEqual([2, 3, 4].map(right));
    expect(model.problems).toEqual([]);
  });

  test('with terminate of a call that waits ends nothing else', async () => {
    const {model, says, workers} = await device();
    await says({'run wasm': 'slow'});
    const stop = new AbortController();
    const others = [1, 2].map(value => asked(model, value));
    const waits = code(asked(model, 3, {signal: stop.signal, terminate: true}));
    stop.abort();
    expect(await waits).toBe('AbortError');
    expect(await Promise.all(others)).toEqual([1, 2].map(right));
    expect(workers).toHaveLength(1);
  });
});

test('what waits is answered before its model is released', async () => {
  const {model, says} = await device();
  await says({'run wasm': 'slow'});
  const calls = [1, 2, 3, 4].map(value => asked(model, value));
  await model.release();
  expect(await Promise.all(calls)).toEqual([1, 2, 3, 4].map(right));
  expect(await code(asked(model, 5))).toBe('closed');
});

test('a deadline counts from the call, and what still waits then is never computed', async () => {
  const {model, says, rows} = await device();
  await says({'run wasm': 'slow 400'});
  const began = performance.now();
  const calls = [1, 2, 3, 4, 5, 6].map(value => code(asked(model, value, {deadlineMs: 600})));
  expect(await Promise.all(calls)).toEqual(['answered', 'answered', ...Array<string>(4).fill('deadline_exceeded')]);
  expect(performance.now() - began).toBeLessThan(780);
  await says({'run wasm': null});
  expect(await asked(model, 7)).toEqual(right(7));
  expect(rows.length).toBeLessThan(6);
});

describe('the caller’s arrays', () => {
  test('survive, and what is written into them later changes nothing', async () => {
    const {model, says} = await device();
    await says({'run wasm': 'slow'});
    const inputs = x(0);
    const calls = [1, 2, 3, 4].map(value => {
      inputs.x[0] = value;
      return model.predict(inputs);
    });
    const answers = await Promise.all(calls);
    expect(answers.map(({outputs}) => outputs.y!.data[0])).toEqual([2, 4, 6, 8]);
    expect(inputs.x).toEqual(Float32Array.of(4));
  });

  test('may be one and the same for every call, also for those that follow answers', async () => {
    const {model} = await device();
    await tried(model);
    const inputs = x(0);
    const caller = async (first: number) => {
      for (let value = first; value < first + 1000; value += 100) {
        inputs.x[0] = value;
        const {outputs} = await model.predict(inputs);
        expect(outputs.y!.data[0]).toBe(2 * value);
      }
    };
    await Promise.all(Array.from({length: 100}, (_, i) => caller(i)));
  });

  test('survive and count as they were also where the worker is lost, and the call is made again', async () => {
    const {model, says} = await device();
    await says({'run wasm': 'crash'});
    const inputs = x(7);
    const answer = model.predict(inputs);
    inputs.x[0] = 99;
    void says({'run wasm': null});
    expect((await answer).outputs.y!.data[0]).toBe(14);
    expect(inputs.x).toEqual(Float32Array.of(99));
  });

  test('are given away with transfer, at once, also where the call waits', async () => {
    const {model, says} = await device();
    await says({'run wasm': 'slow'});
    const inputs = [1, 2, 3, 4].map(value => x(value));
    const calls = inputs.map(each => model.predict(each, {transfer: true}));
    expect(inputs.map(({x}) => x.length)).toEqual([0, 0, 0, 0]);
    expect((await Promise.all(calls)).map(({outputs}) => outputs.y!.data[0])).toEqual([2, 4, 6, 8]);
  });

  test('that were given away can’t be asked again: the call fails, the next is right', async () => {
    const {model, says} = await device();
    await says({'run wasm': 'crash'});
    const given = code(model.predict(x(1), {transfer: true}));
    await pause(100);
    void says({'run wasm': null});
    expect(await given).toBe('worker_lost');
    expect(await asked(model, 2)).toEqual(right(2));
  });
});

describe('what waits together', () => {
  test('is computed as one batch, each call with its own answer', async () => {
    const {model, rows} = await device();
    await tried(model);
    rows.length = 0;
    const values = Array.from({length: 70}, (_, i) => i);
    const answers = await Promise.all(values.map(value => model.predict(x(value))));
    expect(answers.map(({outputs}) => outputs.y)).toEqual(
      values.map(value => ({dtype: 'float32', shape: [1, 1], data: Float32Array.of(2 * value)})),
    );
    expect(new Set(answers.map(({outputs}) => outputs.y!.data.buffer)).size).toBe(70);
    expect(Math.max(...rows)).toBe(32);
    expect(rows.reduce((sum, count) => sum + count)).toBe(70);
  });

  test('a row that fails does not fail the others', async () => {
    const {model} = await device();
    await tried(model);
    const values = [1, 2, 3, NaN, 5, 6, Infinity, 8, 9, 10];
    const answers = await Promise.all(values.map(value => code(asked(model, value))));
    expect(answers).toEqual(values.map(value => (Number.isFinite(value) ? 'answered' : 'input_invalid')));
    expect(model.served.source).toBe('model');
  });

  test('an abort or a deadline of one row is its own', async () => {
    const {model, says} = await device();
    await tried(model);
    await says({'run wasm': 'slow 400'});
    const stop = new AbortController();
    const options = [{}, {}, {}, {signal: stop.signal}, {deadlineMs: 150}, {}, {}];
    const calls = options.map((each, i) => code(asked(model, i, each)));
    setTimeout(() => stop.abort(), 100);
    expect(await Promise.all(calls)).toEqual([
      ...['answered', 'answered', 'answered', 'AbortError', 'deadline_exceeded', 'answered', 'answered'],
    ]);
  });
});

test('a deadline that no timer can keep is none', async () => {
  const {model} = await device();
  for (const deadlineMs of [Infinity, 2 ** 31, 1e15]) expect(await asked(model, 3, {deadlineMs})).toEqual(right(3));
});

test('a release while a worker is replaced leaves no session', async () => {
  const {model, says, workers} = await device();
  await says({'run wasm': 'loop'});
  const stop = new AbortController();
  const endless = code(asked(model, 1, {signal: stop.signal, terminate: true}));
  await pause(100);
  void says({'run wasm': null});
  stop.abort();
  expect(await endless).toBe('AbortError');
  await expect.poll(() => workers.length, {interval: 1}).toBe(2);
  const released = sessionsReleased(workers);
  await model.release();
  await expect.poll(released, {timeout: 10_000}).toBe(1);
});

test.each([
  [{mode: 'newest'}, 'mode must be'],
  [{priority: 'high'}, 'priority must be'],
  [{priority: NaN}, 'priority must be a number, got NaN'],
  [{deadlineMs: 'x'}, 'deadlineMs must be a number, got "x"'],
  [{deadlineMs: null}, 'deadlineMs must be a number, got null'],
  [{signal: {aborted: false}}, 'signal must be an AbortSignal, as new AbortController().signal is, got an object'],
  [{signal: {}}, 'signal must be an AbortSignal'],
  [{signal: 'stop'}, 'signal must be an AbortSignal'],
  [null, 'options must be an object, got null'],
  ['latest', 'options must be an object, got latest'],
])('%o is a TypeError that says so', async (options, message) => {
  const {model} = await device();
  const error: unknown = await model.predict(x(1), options as PredictOptions).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(TypeError);
  expect((error as Error).message).toContain(`predict: ${message}`);
});
