import type {KedgeError} from '@kedge/core';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import type {Input, Kedge, Model, ModelOptions} from '../api.js';
import type {ServedModel} from '../model.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const runMs = 100;
const deadlineMs = 3 * runMs;
const numbers = Array.from({length: 50}, (_, n) => n);
const x = (value: number) => ({x: Float32Array.of(value)});
/** Minus what it was given. */
const baseline = ({x}: Record<string, Input>) => ({y: Float32Array.of(-(x as {data: Float32Array}).data[0]!)});

/** A model that takes 100 ms for each call, which can't go together, and has answered a few. */
async function slow() {
  const device = await faulty({'run wasm': `slow ${runMs}`});
  const {registry} = device;
  const alone = await registry.publish('1.1.0', 2, {change: {golden: []}});
  await registry.putRelease(registry.release([alone], {version: 2}));
  const kedge = await device.open();
  return {...device, kedge, model: await warm(kedge)};
}

async function warm(kedge: Kedge, options: ModelOptions = {baseline}): Promise<Model> {
  const model = await kedge.model('scale', options);
  for (let n = 0; n < 3; n++) await asked(model, n);
  // Fetched in idle time.
  await expect.poll(() => (model as ServedModel).breaker, {timeout: 10_000}).toBeDefined();
  return model;
}

/** What came of it, and after how long. */
async function timed(call: ReturnType<Model['predict']>) {
  const began = performance.now();
  const [result] = await Promise.allSettled([call]);
  const ms = performance.now() - began;
  if (result.status === 'rejected') {
    const {code, message} = result.reason as KedgeError;
    return {ms, code, message};
  }
  const {outputs, served} = result.value;
  return {ms, y: outputs.y!.data[0], source: served.source, reason: served.reason};
}

test('calls behind more than can be answered in time get the baseline at once, the others the model', async () => {
  const {model, workers} = await slow();
  const failed = vi.spyOn((model as ServedModel).journal, 'failed');
  const calls = await Promise.all(numbers.map(n => timed(model.predict(x(n), {deadlineMs}))));
  expect(calls[0]).toMatchObject({y: 0, source: 'model'});
  for (const [n, call] of calls.entries())
    if (n >= 10) expect(call).toMatchObject({y: -n, source: 'baseline', reason: 'deadline_exceeded'});
  expect(Math.max(...calls.slice(10).map(({ms}) => ms))).toBeLessThan(deadlineMs);
  // Each is a missed deadline to the collector.
  expect(failed).toHaveBeenCalledTimes(calls.filter(({source}) => source === 'baseline').length);
  expect(failed).toHaveBeenCalledWith('deadline_exceeded', expect.objectContaining({provider: 'wasm'}));
  expect(await asked(model, 3)).toMatchObject({y: 6, source: 'model'});
  expect([model.problems, workers.length]).toEqual([[], 1]);
});

test('their baseline is given what they were given, whatever is written into it after the call', async () => {
  const {model} = await slow();
  const inputs = x(0);
  const calls = numbers.map(n => {
    inputs.x[0] = n;
    return timed(model.predict(inputs, {deadlineMs}));
  });
  const answers = (await Promise.all(calls)).slice(10).map(({y}) => y);
  expect(answers).toEqual(numbers.slice(10).map(n => -n));
});

test('where there is no baseline they reject at once, and say why', async () => {
  const {registry, open} = await faulty({'run wasm': `slow ${runMs}`});
  const bare = await registry.publish('2.0.0', 2, {change: {golden: [], baseline: undefined}});
  await registry.putRelease(registry.release([bare], {version: 2}));
  const model = await warm(await open(), {});
  const calls = await Promise.all(numbers.map(n => timed(model.predict(x(n), {deadlineMs}))));
  expect(calls[0]).toMatchObject({y: 0, source: 'model'});
  const message = `no answer within ${deadlineMs} ms; the calls before it take longer`;
  for (const call of calls.slice(10)) expect(call).toMatchObject({code: 'deadline_exceeded', message});
  expect(Math.max(...calls.slice(10).map(({ms}) => ms))).toBeLessThan(deadlineMs);
});

test.each([
  ['that goes before them', {deadlineMs: 30 * runMs, priority: 1}],
  ['of which only the newest waits', {deadlineMs: 100 * runMs, mode: 'latest'} as const],
  ['that may wait for so long', {deadlineMs: 100 * runMs}],
  ['without a deadline', {}],
])('a call %s is computed, however many wait', async (_, options) => {
  const {model} = await slow();
  const others = numbers.slice(0, 30).map(n => model.predict(x(n)));
  expect(await asked(model, 7, options)).toMatchObject({y: 14, source: 'model'});
  await Promise.all(others);
});

test('nor is one refused for a first run, which is cold', async () => {
  const {open, says} = await faulty({'run wasm': 'slow 600'});
  const model = await warmAfter(await open(), () => says({'run wasm': null}), [x(1)]);
  const calls = await Promise.all(numbers.slice(0, 10).map(n => timed(model.predict(x(n), {deadlineMs: 1500}))));
  expect(calls.filter(({source}) => source !== 'model')).toEqual([]);
});

test('nor for what larger ones took', async () => {
  const {open, says} = await faulty({'run wasm': 'slow 600'});
  const rows = {x: {data: new Float32Array(500), shape: [500, 1]}};
  const model = await warmAfter(await open(), () => says({'run wasm': null}), [rows, rows, rows]);
  const calls = await Promise.all(numbers.slice(0, 10).map(n => timed(model.predict(x(n), {deadlineMs: 1500}))));
  expect(calls.filter(({source}) => source !== 'model')).toEqual([]);
});

/** A model that has answered these, and is quick from then on. */
async function warmAfter(kedge: Kedge, then: () => Promise<void>, inputs: readonly Record<string, Input>[]) {
  const model = await kedge.model('scale', {baseline});
  for (const each of inputs) await model.predict(each);
  await then();
  await expect.poll(() => (model as ServedModel).breaker, {timeout: 10_000}).toBeDefined();
  return model;
}

test('nor while it is not known whether calls go together, unless they were too many for that too', async () => {
  const {open} = await faulty({'run wasm': `slow ${runMs}`});
  const model = await warm(await open());
  const calls = await Promise.all(numbers.map(n => timed(model.predict(x(n), {deadlineMs}))));
  const refused = calls.map(({source, ms}) => source === 'baseline' && ms < deadlineMs - 10);
  expect([refused.indexOf(true) >= 20, refused.at(-1)]).toEqual([true, true]);
});

test('what waits for another version of the same worker is no reason', async () => {
  const {model, kedge, registry, workers} = await slow();
  await registry.putRelease(
    registry.release([await registry.publish('2.0.0', 3, {change: {golden: []}})], {version: 3}),
  );
  await kedge.refresh();
  const next = await warm(kedge);
  const others = numbers.slice(0, 20).map(n => model.predict(x(n)));
  const call = await timed(next.predict(x(1), {deadlineMs}));
  expect(call).toMatchObject({source: 'baseline', reason: 'deadline_exceeded'});
  expect(call.ms).toBeGreaterThan(deadlineMs - 10);
  await Promise.all(others);
  expect(workers).toHaveLength(1);
});
