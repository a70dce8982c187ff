import {afterEach, beforeEach, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const hasty = (model: Parameters<typeof asked>[0]) => [100, 200, 300].map(deadlineMs => asked(model, 1, {deadlineMs}));

test('a run without a deadline that takes 13 s is answered, though three calls behind it were late', async () => {
  const {model: open, says, workers} = await faulty();
  const model = await open();
  await asked(model, 1);
  await says({'run wasm': 'busy 13000'});
  const long = asked(model, 2);
  await pause(50);
  void says({'run wasm': null});
  await pause(50);
  expect(await Promise.all(hasty(model))).toMatchObject(Array(3).fill({reason: 'deadline_exceeded'}));
  expect(await long).toMatchObject({y: 4, source: 'model'});
  expect([model.problems, workers.length]).toEqual([[], 1]);
});

test('a version that takes 13 s to load is loaded, though calls of another one in its worker are late meanwhile', async () => {
  const {open, registry, says, workers} = await faulty();
  const kedge = await open();
  const model = await kedge.model('scale');
  await asked(model, 1);
  const next = await registry.publish('2.0.0', 3);
  await registry.putRelease(registry.release([next], {version: 2}));
  await kedge.refresh();
  await says({'load wasm': 'busy 13000'});
  const loading = kedge.model('scale');
  let isLoaded = false;
  const loaded = loading.finally(() => (isLoaded = true));
  while (!isLoaded) await Promise.all(hasty(model));
  expect((await loaded).problems).toEqual([]);
  expect(await asked(await loaded, 2)).toMatchObject({y: 6, source: 'model', reason: 'champion'});
  expect(workers).toHaveLength(1);
});
