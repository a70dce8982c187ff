import {KedgeError} from '@kedge/core';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
});

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const values = [1, 2, 3, 4, 5, 6, 7, 8];
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: Error) => (error instanceof KedgeError ? error.code : error.name),
  );

/** As browsers have them that resist fingerprints: calls have the same time. */
async function coarseClock() {
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => Math.floor(now() / 1000) * 1000);
  for (let at = performance.now(); performance.now() === at;) await pause(1);
}

test.each(['fine', 'coarse'])('a newest call whose batch is taken apart is finished, with a %s clock', async clock => {
  const {open, says} = await faulty();
  const model = await (await open()).model('scale');
  for (let round = 0; round < 6; round++) {
    await Promise.all(values.map(value => asked(model, value)));
    await pause(150);
  }
  if (clock === 'coarse') await coarseClock();
  await says({'run wasm': 'slow 300'});
  const first = asked(model, 1, {terminate: true});
  const older = code(asked(model, 2, {mode: 'latest'}));
  // The model gives infinity for the one.
  const rest = [3e38, 3, 4].map(value => asked(model, value));
  await first;
  await pause(150);
  const newer = code(asked(model, 9, {mode: 'latest'}));
  expect([await older, await newer]).toEqual(['answered', 'answered']);
  expect((await Promise.all(rest)).map(({source}) => source)).toEqual(['baseline', 'model', 'model']);
});
