import {afterEach, beforeEach, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {baseline, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

test.each([
  ['another number of threads', 'loop'],
  ['the same once more', 'slow 500'],
])('`close()` while a version starts rejects with `closed`: %s is not tried', async (_, load) => {
  const {open, workers} = await faulty({'load wasm': load}, ['wasm', 'wasm:2']);
  const states: string[] = [];
  const kedge = await open();
  const opening = kedge.model('scale', {baseline, onProgress: ({state}) => states.push(state)});
  opening.catch(() => {});
  await expect.poll(() => states.includes('starting'), {interval: 1}).toBe(true);
  await pause(300);
  const before = workers.length;
  await kedge.close();
  await expect(opening).rejects.toMatchObject({code: 'closed'});
  await pause(1000);
  expect(workers).toHaveLength(before);
});
