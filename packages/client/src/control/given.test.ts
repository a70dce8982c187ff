import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, baseline, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import type {Model} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const right = (value: number) => ({y: 2 * value, source: 'model', provider: 'wasm', reason: 'champion'});

/** Cold: before the file is here that keeps calls in order. Waiting: behind two calls that are with the worker. */
const states = ['cold', 'warm', 'waiting'] as const;

/** A model, what it is asked behind, and the workers. */
async function opened(state: (typeof states)[number]) {
  const {open, workers, says} = await faulty();
  const model = await (await open()).model('scale', {baseline});
  if (state === 'cold') return {model, workers, before: [], says};
  for (let i = 0; i < 2; i++) await asked(model, i).then(() => pause(100));
  if (state === 'warm') return {model, workers, before: [], says};
  await says({'run wasm': 'slow 100'});
  return {model, workers, before: [1, 2, 3].map(value => asked(model, value)), says};
}

/** Of memory that never leaves its owner. */
function stuck(value: number): Float32Array<ArrayBuffer> {
  const {buffer} = new WebAssembly.Memory({initial: 1});
  const array = new Float32Array(buffer);
  return array.fill(value);
}

const refusal = {code: 'input_invalid', message: expect.stringMatching(/^input x can't be given away/) as string};

describe.each(states)('%s: what can’t be given away', state => {
  test('is refused by its name, four times in a row, and nothing else is to blame', async () => {
    const {model, workers, before} = await opened(state);
    const calls = [1, 2, 3, 4].map(value => model.predict({x: stuck(value)}, {transfer: true}));
    for (const call of calls) await expect(call).rejects.toMatchObject(refusal);
    expect(await Promise.all(before)).toEqual([1, 2, 3].slice(0, before.length).map(right));
    expect(await asked(model, 5)).toEqual(right(5));
    expect([workers.length, model.problems]).toEqual([1, []]);
  });

  test('is taken where it is not to be', async () => {
    const {model} = await opened(state);
    const {outputs} = await model.predict({x: stuck(3)});
    expect(outputs.y!.data).toEqual(new Float32Array(2 ** 14).fill(6));
  });
});

/** Runs can't be posted, as where the page has no memory for the message. */
function failToPost(worker: Worker): () => void {
  const post = worker.postMessage.bind(worker) as (message: unknown, transfer: Transferable[]) => void;
  worker.postMessage = (message: {path?: string[]}, transfer: unknown) => {
    if (message.path?.[0] === 'run') throw new DOMException('Data cannot be cloned, out of memory.', 'DataCloneError');
    post(message, transfer as Transferable[]);
  };
  return () => (worker.postMessage = post as Worker['postMessage']);
}

const kinds = [{}, {transfer: true}, {priority: 1}, {deadlineMs: 60_000}];

test.each(['cold', 'warm'] as const)(
  '%s: a page that has no memory for the message gets the baseline’s answer, and nothing else is to blame',
  async state => {
    const {model, workers} = await opened(state);
    const restore = failToPost(workers[0]!);
    const fallen = {y: -1, source: 'baseline', reason: 'runtime_unavailable'};
    for (const options of kinds) expect(await asked(model, 1, options)).toMatchObject(fallen);
    for (const answer of await Promise.all([1, 2, 3, 4].map(value => asked(model, value))))
      expect(answer).toMatchObject(fallen);
    restore();
    expect(await asked(model, 5)).toEqual(right(5));
    expect([workers.length, model.problems]).toEqual([1, []]);
  },
);

test('a whole array goes away, and a view of a part leaves its buffer', async () => {
  const {model} = await opened('warm');
  const whole = Float32Array.of(1, 2);
  expect(await ask(model, whole.subarray(1))).toEqual([4]);
  expect(whole).toEqual(Float32Array.of(1, 2));
  expect(await ask(model, whole)).toEqual([2, 4]);
  expect(whole.length).toBe(0);
});

async function ask(model: Model, x: Float32Array): Promise<number[]> {
  const {outputs} = await model.predict({x}, {transfer: true});
  return [...(outputs.y!.data as Float32Array)];
}
