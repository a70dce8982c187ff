import {afterEach, beforeEach, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, baseline, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const values = [1, 2, 3, 4, 5, 6, 7, 8];

test('a batch without end, all of whose calls are late, is ended soon, not after `hangSeconds`', async () => {
  const {open, says, workers} = await faulty();
  const model = await (await open()).model('scale', {baseline});
  // Until it is known how many may go together.
  for (let round = 0; round < 6; round++) {
    await Promise.all(values.map(value => asked(model, value)));
    await new Promise(resolve => setTimeout(resolve, 150));
  }
  await says({'run wasm': 'many loop'});
  const began = performance.now();
  for (let i = 0; i < 2; i++) {
    const late = await Promise.all(values.map(value => asked(model, value, {deadlineMs: 300})));
    // The first one goes alone, before the others are there.
    expect(late.filter(({source}) => source === 'baseline').length).toBeGreaterThanOrEqual(7);
  }
  await says({'run wasm': null});
  expect(await asked(model, 3)).toMatchObject({y: 6, source: 'model'});
  expect([workers.length, performance.now() - began < 25_000]).toEqual([2, true]);
});
