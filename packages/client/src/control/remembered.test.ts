import {afterEach, beforeEach, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {inDatabase} from '../../testing/database.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {batchesTried, rowsOfRuns} from '../../testing/rows-of-runs.js';
import type {Model} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const values = [1, 2, 3, 4, 5, 6, 7, 8];
const right = values.map(value => ({y: 2 * value, source: 'model', provider: 'wasm', reason: 'champion'}));

const together = (model: Model) => Promise.all(values.map(value => asked(model, value)));

/** The file that keeps calls in order has come, and what was noted is read. */
async function warm(model: Model): Promise<void> {
  const isHere = () => performance.getEntriesByType('resource').some(({name}) => name.includes('control'));
  await expect.poll(async () => [await asked(model, 0), isHere()][1]).toBe(true);
  await asked(model, 0);
  await new Promise(resolve => setTimeout(resolve, 300));
}

test('what one visit found out of batches the next one knows: its first calls at once go together, and nothing is tried', async () => {
  const {open, workers} = await faulty();
  const first = await open();
  const model = await first.model('scale');
  await warm(model);
  const tried = batchesTried(workers[0]!);
  expect(await together(model)).toEqual(right);
  await tried;
  // It is noted behind the answers.
  await new Promise(resolve => setTimeout(resolve, 300));
  await first.close();

  const again = await (await open()).model('scale');
  const [worker] = workers.slice(-1);
  const asks: string[] = [];
  void batchesTried(worker!).then(() => asks.push('batches'));
  await warm(again);
  const rows = rowsOfRuns(worker!);
  expect(await together(again)).toEqual(right);
  expect(Math.max(...rows)).toBeGreaterThan(1);
  expect(rows.length).toBeLessThan(values.length);
  await new Promise(resolve => setTimeout(resolve, 300));
  expect(asks).toEqual([]);
});

test.each([[[-8]], [['x']], [{length: 1}]])('a note that is damaged (%j) is none', async note => {
  const {open, workers} = await faulty();
  const first = await open();
  const model = await first.model('scale');
  await warm(model);
  const tried = batchesTried(workers[0]!);
  await together(model);
  await tried;
  await new Promise(resolve => setTimeout(resolve, 300));
  await first.close();
  await inDatabase(async db => {
    const keys = (await db.getAllKeys('settings')) as string[];
    const key = keys.find(each => each.includes('batches'))!;
    const [where] = Object.keys((await db.get('settings', key)) as object);
    await db.put('settings', {[where!]: note}, key);
  });
  const again = await (await open()).model('scale');
  await warm(again);
  expect(await together(again)).toEqual(right);
});
