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

test('nor by the next visit, where the worker said so itself', async () => {
  const {open, workers} = await faulty({'run wasm': 'many trap'});
  const first = await open();
  const model = await first.model('scale');
  await warm(model);
  await rounds(model, 3);
  await expect.poll(() => workers.length).toBe(2);
  await first.close();
  const next = await (await open()).model('scale');
  await rounds(next, 5);
  expect([workers.length, next.problems]).toEqual([3, []]);
});
