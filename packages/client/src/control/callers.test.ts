import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Model, PredictOptions} from '../api.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.unstubAllGlobals();
  await closeAll();
});

const x = (value: number) => ({x: {data: Float32Array.of(value), shape: [1, 1]}});

async function slow() {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {baseline: undefined}})]));
  const {runtime, says} = faultyRuntime();
  const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0});
  const model = await kedge.model('scale');
  await says({'run wasm': 'slow'});
  return {kedge, model};
}

const answers = async (calls: readonly ReturnType<Model['predict']>[]) =>
  (await Promise.allSettled(calls)).map(call =>
    call.status === 'fulfilled' ? call.value.outputs.y!.data[0] : (call.reason as Error).message,
  );

test('a shape that is written into after the call changes nothing', async () => {
  const {model} = await slow();
  const calls = [1, 2, 3, 4, 5].map(value => {
    const inputs = x(value);
    const call = model.predict(inputs);
    inputs.x.shape[0] = 1000;
    return call;
  });
  expect(await answers(calls)).toEqual([2, 4, 6, 8, 10]);
});

test('nor do options: an abort of the signal that the call was given ends it with that signal’s reason', async () => {
  const {model} = await slow();
  const [first, second] = [new AbortController(), new AbortController()];
  const options: PredictOptions = {signal: first.signal};
  const call = model.predict(x(1), options);
  options.signal = second.signal;
  first.abort(new Error('enough'));
  expect(await answers([call])).toEqual(['enough']);
  expect(model.problems).toEqual([]);
});

test.each([{priority: 1}, {mode: 'latest' as const}, {transfer: true}])(
  'what was asked with %o before the file for it is here is answered, though the model is released at once',
  async options => {
    // A busy page: the idle time in which it is fetched has not come yet.
    vi.stubGlobal('requestIdleCallback', () => 0);
    const {kedge, model} = await slow();
    const answered = answers([1, 2, 3].map(value => model.predict(x(value), options)));
    await model.release();
    const second: unknown = 'mode' in options ? expect.stringContaining('a newer call') : 4;
    expect(await answered).toEqual([2, second, 6]);
    expect(model.problems).toEqual([]);
    expect((await kedge.model('scale')).served.source).toBe('model');
  },
);

test('predictMany of what is no list says so', async () => {
  const {model} = await slow();
  const results = model.predictMany(5 as never);
  await expect(results.next()).rejects.toThrow('expected an iterable or async iterable of inputs');
});

test.each(['toString', 'constructor'])('an input %s that the model does not have is refused', async name => {
  const {model} = await slow();
  const call = model.predict({...x(1), [name]: Float32Array.of(1)});
  await expect(call).rejects.toMatchObject({code: 'input_invalid', message: expect.stringContaining(name) as string});
});
