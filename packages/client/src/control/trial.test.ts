import {afterEach, beforeEach, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import type {Model} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const right = (value: number) => ({y: 2 * value, source: 'model', provider: 'wasm', reason: 'champion'});
const values = [1, 2, 3, 4, 5, 6, 7, 8];

/** The file that keeps calls in order has come. */
async function warm(model: Model): Promise<void> {
  await expect
    .poll(async () => {
      await asked(model, 0);
      return performance.getEntriesByType('resource').some(({name}) => name.includes('control'));
    })
    .toBe(true);
}

/** Eight callers at once, again and again, as a page goes on meanwhile. */
async function rounds(model: Model, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    expect(await Promise.all(values.map(value => asked(model, value)))).toEqual(values.map(right));
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

test.each(['trap', 'crash', 'die', 'memory'])(
  'a batch in whose trial the worker is lost (%s) is never tried again, and no call is to blame',
  async kind => {
    const {open, workers} = await faulty({'run wasm': `many ${kind}`}, undefined, {hangSeconds: 3});
    const model = await (await open()).model('scale');
    await warm(model);
    await rounds(model, 6);
    await expect.poll(() => workers.length, {timeout: 15_000}).toBe(2);
    await rounds(model, 2);
    expect([workers.length, model.problems]).toEqual([2, []]);
  },
);

/** Workers after each of three visits, in each of which calls wait together. */
async function visits(kind: string): Promise<number[]> {
  const {open, workers} = await faulty({'run wasm': `many ${kind}`}, undefined, {hangSeconds: 3});
  const counts = [];
  for (let visit = 0; visit < 3; visit++) {
    const before = workers.length;
    const kedge = await open();
    const model = await kedge.model('scale');
    await warm(model);
    await rounds(model, 5);
    expect(model.problems).toEqual([]);
    counts.push(workers.length - before);
    // It is noted beside the answers.
    await new Promise(resolve => setTimeout(resolve, 200));
    await kedge.close();
  }
  return counts;
}

test('nor by the next visit, where the worker said so itself', async () => {
  expect(await visits('trap')).toEqual([2, 1, 1]);
});

test('nor by the one after it, where it is lost in both without a word', async () => {
  expect(await visits('crash')).toEqual([2, 2, 1]);
});
