import {afterEach, beforeEach, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import type {Model, PredictOptions} from '../api.js';
import type {Tensors} from '../runtime/runtime.js';

interface Asked {
  path?: string[];
  argumentList?: {value: Tensors}[];
}

const post = Worker.prototype.postMessage;
/** The rows of `x` of each run that was posted. */
let runs: number[][] = [];

beforeEach(() => {
  forgetFlights();
  runs = [];
  Worker.prototype.postMessage = function (message: Asked, transfer: unknown) {
    if (message.path?.[0] === 'run') runs.push([...(message.argumentList![1]!.value.x!.data as Float32Array)]);
    post.call(this, message, transfer as StructuredSerializeOptions);
  };
});
afterEach(async () => {
  Worker.prototype.postMessage = post;
  await closeAll();
});

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const right = (value: number) => ({y: 2 * value, source: 'model', provider: 'wasm', reason: 'champion'});

/** A model whose runs hold the worker for so long, of which it is known how long they take and which batches are right. */
async function taught(runMs: number): Promise<Model> {
  return (await taughtWorker(runMs)).model;
}

/** And what its worker is told next. */
async function taughtWorker(runMs: number) {
  const {model: open, says} = await faulty();
  const model = await open();
  for (let i = 0; i < 2; i++) await asked(model, 0).then(() => pause(100));
  await says({'run wasm': `busy ${runMs}`});
  await Promise.all([1, 2, 3, 4].map(value => asked(model, value)));
  await pause(1500);
  for (let i = 0; i < 3; i++) await asked(model, 0);
  runs = [];
  return {model, says};
}

const taskMs = 240;

/** Asks in one task without an end in between, every two milliseconds, and counts the runs that were posted by its end. */
function longTask(ask: (value: number) => void): {ms: number; posted: number} {
  const began = performance.now();
  const past = () => performance.now() - began;
  for (let value = 1; past() < taskMs; value++) {
    ask(value);
    while (past() < 2 * value);
  }
  return {ms: past(), posted: runs.length};
}

/** As `longTask`, and the answers. */
async function answered(model: Model, optionsOf: (value: number) => PredictOptions = () => ({})) {
  const calls: ReturnType<typeof asked>[] = [];
  const task = longTask(value => void calls.push(asked(model, value, optionsOf(value))));
  return {...task, answers: await Promise.allSettled(calls)};
}

const settled = (values: readonly number[]) => values.map(value => ({status: 'fulfilled', value: right(value)}));
const upTo = (count: number) => Array.from({length: count}, (_, i) => i + 1);

test('a page in a long task gives its worker as much as there is time for, and every answer is right', async () => {
  const runMs = 15;
  const model = await taught(runMs);
  const {ms, posted, answers} = await answered(model);
  expect(answers).toEqual(settled(upTo(answers.length)));
  expect(runs.every(({length}) => length === 1)).toBe(true);
  expect(posted).toBeGreaterThan(4);
  expect(posted).toBeLessThanOrEqual(2 + ms / runMs);
});

test('what waits meanwhile goes together where batches are right', async () => {
  const runMs = 4;
  const model = await taught(runMs);
  const most = () => Math.max(...runs.map(({length}) => length));
  await expect.poll(() => Promise.all(upTo(32).map(value => asked(model, value))).then(most)).toBeGreaterThan(1);
  runs = [];
  const {ms, posted, answers} = await answered(model);
  expect(answers).toEqual(settled(upTo(answers.length)));
  expect(most()).toBeGreaterThan(1);
  expect(posted).toBeGreaterThan(2);
  expect(posted).toBeLessThanOrEqual(2 + ms / runMs);
});

test('in mode latest it gives it one call, and the newest one after it', async () => {
  const model = await taught(15);
  const {posted, answers} = await answered(model, () => ({mode: 'latest'}));
  expect(posted).toBe(1);
  const newest = answers.length;
  expect([answers[0], answers.at(-1)]).toEqual(settled([1, newest]));
  for (const answer of answers.slice(1, -1))
    expect(answer).toMatchObject({status: 'rejected', reason: {code: 'superseded'}});
  expect(runs).toEqual([[1], [newest]]);
});

test('the highest priority goes first meanwhile', async () => {
  const model = await taught(15);
  const {posted, answers} = await answered(model, value => ({priority: value === 30 ? 5 : 0}));
  expect(answers).toEqual(settled(upTo(answers.length)));
  const at = runs.findIndex(([value]) => value === 30);
  // Those before it went while it had not been asked yet.
  expect(at).toBeLessThan(posted);
  expect(runs.slice(0, at)).toEqual(upTo(at).map(value => [value]));
  expect(at).toBeLessThan(12);
});

test.each([
  ['tasks', 0, 0],
  ['tasks that may miss an answer', 4, 2],
])(
  'in %s beside a run that takes longer than the last, two are with the worker, the highest priority is next, and what was given up is not computed',
  async (_, busyMs, most) => {
    const {model, says} = await taughtWorker(4);
    await says({'run wasm': 'busy 800'});
    const stop = new AbortController();
    const kept = [1, 2].map(value => asked(model, value));
    await pause(20);
    const late: unknown[] = [];
    for (let value = 10; value < 20; value++) {
      const began = performance.now();
      const ask = (options: PredictOptions) => late.push(asked(model, value, options).catch(() => {}));
      ask({signal: stop.signal});
      while (performance.now() < began + busyMs);
      ask({deadlineMs: 20});
      await pause(10);
    }
    kept.push(asked(model, 3), asked(model, 4, {priority: 5}));
    stop.abort();
    await Promise.all(late);
    expect(await Promise.all(kept)).toEqual([1, 2, 3, 4].map(right));
    const computed = runs.flat();
    expect(computed.filter(value => value < 10)).toEqual([1, 2, 4, 3]);
    // It looks once whether it was deaf, and knows better then.
    expect(computed.length - 4).toBeLessThanOrEqual(most);
  },
);
