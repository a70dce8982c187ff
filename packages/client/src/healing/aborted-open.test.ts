import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {asked, baseline} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';

beforeEach(forgetFlights);
afterEach(closeAll);

/** A device that has version 1.0.0, and a page that finds 2.0.0 wrong and loads the version before. */
async function fallingBack(load: string) {
  const registry = await TestRegistry.create();
  const one = await registry.publish('1.0.0', 2);
  await registry.putRelease(registry.release([one]));
  const visit = async (runtime: ReturnType<typeof faultyRuntime>['runtime']) =>
    client(registry, {runtimes: [runtime], pollSeconds: 0, releaseWaitMs: 5000});
  const first = await visit(faultyRuntime().runtime);
  await asked(await first.model('scale'), 1);
  await first.close();
  const two = await registry.publish('2.0.0', 3, {expectedScale: 4});
  await registry.putRelease(registry.release([two, one], {version: 2}));
  const device = faultyRuntime();
  const kedge = await visit(device.runtime);
  const stop = new AbortController();
  const states: string[] = [];
  const onProgress = ({state}: {state: string}) => states.push(state);
  const opening = kedge.model('scale', {baseline, signal: stop.signal, onProgress});
  opening.catch(() => {});
  await expect.poll(() => states.includes('testing'), {interval: 1}).toBe(true);
  await device.says({'load wasm': load});
  return {...device, kedge, stop, opening};
}

test('an abort of `model()` ends it at once also while the version before is loaded, and no session of that stays', async () => {
  const {stop, opening, kedge, says, sessions} = await fallingBack('slow 2000');
  const began = performance.now();
  stop.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
  expect(performance.now() - began).toBeLessThan(500);
  await says({'load wasm': null});
  await expect.poll(sessions, {timeout: 5000}).toBe(0);
  const model = await kedge.model('scale', {baseline});
  expect(await asked(model, 3)).toMatchObject({y: 6, source: 'previous'});
});

test('`close()` meanwhile rejects it with `closed`, though the baseline could answer', async () => {
  const {opening, kedge} = await fallingBack('slow 2000');
  await kedge.close();
  await expect(opening).rejects.toMatchObject({code: 'closed'});
});
