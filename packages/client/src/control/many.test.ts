import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Prediction, PredictManyOptions} from '../api.js';

afterEach(closeAll);

async function open() {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {baseline: undefined}})]));
  const kedge = await client(registry, {pollSeconds: 0});
  return {kedge, model: await kedge.model('scale')};
}

const x = (value: number) => ({x: Float32Array.of(value)});
const y = (result: PromiseSettledResult<Prediction>) =>
  result.status === 'fulfilled' ? result.value.outputs.y!.data[0] : (result.reason as {code: string}).code;

/** Counts what is taken of it. */
function counted(length: number) {
  const source = {
    taken: 0,
    ended: false,
    async *[Symbol.asyncIterator]() {
      try {
        while (source.taken < length) yield x(source.taken++);
      } finally {
        source.ended = true;
      }
    },
  };
  return source;
}

test('gives the results in the order of the inputs', async () => {
  const {model} = await open();
  const values = Array.from({length: 200}, (_, i) => i);
  const results = [];
  for await (const result of model.predictMany(values.map(x))) results.push(y(result));
  expect(results).toEqual(values.map(value => 2 * value));
});

test('takes no more inputs than there is room for, and ends its source with itself', async () => {
  const {model} = await open();
  const source = counted(Infinity);
  let read = 0;
  for await (const result of model.predictMany(source, {concurrency: 5})) {
    expect(y(result)).toBe(2 * read++);
    await new Promise(resolve => setTimeout(resolve, 2));
    expect(source.taken).toBeLessThanOrEqual(read + 5);
    if (read === 50) break;
  }
  expect(source.ended).toBe(true);
});

test('an input that fails is an item of its own', async () => {
  const {model} = await open();
  const inputs = [x(1), {z: Float32Array.of(2)}, x(NaN), x(4)];
  const results = [];
  for await (const result of model.predictMany(inputs)) results.push(y(result));
  expect(results).toEqual([2, 'input_invalid', 'input_invalid', 8]);
});

test('a signal ends it with its reason', async () => {
  const {model} = await open();
  const stop = new AbortController();
  const source = counted(Infinity);
  const all = async () => {
    for await (const result of model.predictMany(source, {signal: stop.signal})) if (y(result) === 20) stop.abort();
  };
  await expect(all()).rejects.toMatchObject({name: 'AbortError'});
  expect(source.ended).toBe(true);
});

test('what its source throws comes after the results before it', async () => {
  const {model} = await open();
  function* broken() {
    yield x(1);
    yield x(2);
    throw new RangeError('no more');
  }
  const results: unknown[] = [];
  const all = async () => {
    for await (const result of model.predictMany(broken())) results.push(y(result));
  };
  await expect(all()).rejects.toThrow('no more');
  expect(results).toEqual([2, 4]);
});

test('a client that is closed ends it', async () => {
  const {kedge, model} = await open();
  const all = async () => {
    for await (const result of model.predictMany(counted(Infinity))) if (y(result) === 20) await kedge.close();
  };
  await expect(all()).rejects.toMatchObject({code: 'closed'});
});

test.each([
  [{}, {}, 'predictMany: expected an iterable or async iterable of inputs'],
  [[], {concurrency: 0}, 'predictMany: concurrency must be a number from 1 to 1024, got 0'],
  [[], null, 'predictMany: options must be an object, got null'],
  [[], {signal: {}}, 'predictMany: signal must be an AbortSignal'],
  [[], {deadlineMs: 'x'}, 'predictMany: deadlineMs must be a number, got "x"'],
])('what can’t be is a TypeError', async (inputs, options, message) => {
  const {model} = await open();
  const first = model.predictMany(inputs as never, options as PredictManyOptions).next();
  await expect(first).rejects.toThrow(TypeError);
  await expect(first).rejects.toThrow(message);
});

describe('a source that waits for ever', () => {
  async function* live() {
    yield x(1);
    await new Promise(() => {});
  }

  test('keeps nobody who leaves', async () => {
    const {model} = await open();
    const results = [];
    for await (const result of model.predictMany(live())) {
      results.push(y(result));
      break;
    }
    expect(results).toEqual([2]);
  });

  test('keeps nobody who aborts', async () => {
    const {model} = await open();
    const stop = new AbortController();
    const reading = (async () => {
      for await (const result of model.predictMany(live(), {signal: stop.signal})) expect(y(result)).toBe(2);
    })();
    setTimeout(() => stop.abort(), 100);
    await expect(reading).rejects.toMatchObject({name: 'AbortError'});
  });

  test('keeps nobody who aborts where it never ends either', async () => {
    const {model} = await open();
    const stop = new AbortController();
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({value: x(1), done: false}),
        return: () => new Promise<never>(() => {}),
      }),
    };
    const reading = (async () => {
      for await (const result of model.predictMany(source, {signal: stop.signal})) {
        expect(y(result)).toBe(2);
        stop.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({name: 'AbortError'});
  });
});
