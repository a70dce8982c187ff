import {KedgeError} from '@kedge/core';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Kedge, Model, PredictOptions} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

/** Numbers from 0 to 1, the same ones for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Any options that there are, and an abort for every third call, up to a second later. */
function anyOptions(random: () => number): PredictOptions {
  const stop = new AbortController();
  if (random() < 1 / 3) setTimeout(() => stop.abort(), random() * 1000);
  return {
    signal: stop.signal,
    priority: Math.floor(random() * 5) - 2,
    mode: random() < 0.1 ? 'latest' : 'queue',
    transfer: random() < 0.2,
    terminate: random() < 0.02,
    ...(random() < 0.2 && {deadlineMs: random() * 2000}),
  };
}

/** What became of a call: an answer that is right, or why there is none. */
async function outcome(model: Model, value: number, options: PredictOptions): Promise<string> {
  try {
    const {outputs, served} = await model.predict({x: Float32Array.of(value)}, options);
    const {data, shape} = outputs.y!;
    return served.source === 'model' && shape.join() === '1,1' && data[0] === 2 * value ? 'right' : 'wrong';
  } catch (error) {
    if (!(error instanceof KedgeError)) return (error as Error).name;
    // Which of the ways to lose a worker it was.
    return error.code === 'worker_lost' ? `worker_lost: ${error.message}` : error.code;
  }
}

const expected = ['right', 'AbortError', 'superseded', 'deadline_exceeded'];

/** @param crashes also ends the workers now and then, by a crash of their own */
async function storm(seed: number, crashes: boolean, spare = false): Promise<Map<string, number>> {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {baseline: undefined}})]));
  const {runtime, says} = faultyRuntime();
  const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0, spare});
  const models = await Promise.all([kedge.model('scale'), kedge.model('scale')]);
  if (spare) await untilSpare(kedge, models[0]);
  const random = randomFrom(seed);
  const calls: Promise<string>[] = [];
  for (let value = 0; value < 1000; value++) {
    calls.push(outcome(models[value % 2]!, value, anyOptions(random)));
    if (value % 100 === 0) await pause(random() * 50);
    // Two, since a third within a minute would leave the version to its baseline, which it does not have.
    if (crashes && (value === 300 || value === 700)) await crash(says);
  }
  const counts = new Map<string, number>();
  for (const each of await Promise.all(calls)) counts.set(each, (counts.get(each) ?? 0) + 1);
  for (const model of models) expect(await outcome(model, 7, {})).toBe('right');
  return counts;
}

async function untilSpare(kedge: Kedge, model: Model): Promise<void> {
  expect(await outcome(model, 7, {})).toBe('right');
  await expect.poll(async () => (await kedge.explain('scale')).spare, {timeout: 20_000}).toBe('ready');
}

async function crash(says: ReturnType<typeof faultyRuntime>['says']): Promise<void> {
  await says({'run wasm': 'crash'});
  void says({'run wasm': null});
}

test.each([1, 2, 3])(
  '1000 calls at once, with any options and aborts, are all settled, and the next is right (seed %i)',
  async seed => {
    const counts = await storm(seed, false);
    expect([...counts.keys()].filter(each => !expected.includes(each))).toEqual([]);
    expect(counts.get('right')).toBeGreaterThan(300);
  },
);

test('and where a spare worker computes as well', async () => {
  const counts = await storm(5, false, true);
  expect([...counts.keys()].filter(each => !expected.includes(each))).toEqual([]);
  expect(counts.get('right')).toBeGreaterThan(300);
});

/** What was given away to a worker that crashed can't be asked again. */
const isExpectedOfCrashes = (each: string) => expected.includes(each) || each.startsWith('worker_lost');

test('and where both of them crash meanwhile, none is wrong', async () => {
  const counts = await storm(6, true, true);
  expect([...counts.keys()].filter(each => !isExpectedOfCrashes(each))).toEqual([]);
});

test('and where the worker crashes meanwhile, none is wrong', async () => {
  const counts = await storm(4, true);
  expect([...counts.keys()].filter(each => !isExpectedOfCrashes(each))).toEqual([]);
});
