import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {faulty} from '../testing/faulty-model.js';
import {forgetFlights} from '../testing/flights.js';
import {TestRegistry} from '../testing/registry.js';
import {servingLock} from './names.js';

beforeEach(forgetFlights);
afterEach(closeAll);

/** Errors of the page's own that come up while `work` goes on. */
async function uncaught(work: () => Promise<void>): Promise<Error[]> {
  const errors: Error[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    errors.push(event.error as Error);
  };
  globalThis.addEventListener('error', onError, true);
  await work().finally(() => globalThis.removeEventListener('error', onError, true));
  return errors;
}

test("an onProgress that throws is the page's own error: the version serves whoever asked, and no other caller hears of it", async () => {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
  const kedge = await client(registry);
  const told: string[] = [];
  const errors = await uncaught(async () => {
    const throwing = kedge.model('scale', {
      onProgress: () => {
        throw new Error('a defect of the page');
      },
    });
    const other = kedge.model('scale', {onProgress: ({state}) => told.push(state)});
    for (const model of [await throwing, await other])
      expect(model.served).toMatchObject({source: 'model', version: '1.0.0'});
  });
  expect(told).toContain('ready');
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) expect(error).toEqual(new Error('a defect of the page'));
});

/** Versions that this page says it serves. */
async function served(): Promise<number> {
  const {held} = await navigator.locks.query();
  return held!.filter(({name}) => name!.startsWith(servingLock)).length;
}

test.each(['testing', 'ready'] as const)(
  'an abort when it is told of %s leaves no session and no lock',
  async state => {
    const {open, sessions} = await faulty();
    const kedge = await open();
    const stop = new AbortController();
    const why = new Error('not any more');
    const onProgress = (progress: {state: string}) => progress.state === state && stop.abort(why);
    await expect(kedge.model('scale', {signal: stop.signal, onProgress})).rejects.toBe(why);
    await expect.poll(sessions).toBe(0);
    await expect.poll(served).toBe(0);
  },
);

test('an abort when it is told of ready leaves the version to another caller', async () => {
  const {open, sessions} = await faulty();
  const kedge = await open();
  const stop = new AbortController();
  const onProgress = (progress: {state: string}) => progress.state === 'ready' && stop.abort();
  const aborted = kedge.model('scale', {signal: stop.signal, onProgress}).catch((error: unknown) => error);
  const model = await kedge.model('scale');
  expect(await aborted).toBe(stop.signal.reason);
  const {outputs} = await model.predict({x: Float32Array.of(2)});
  expect([outputs.y!.data[0], sessions(), await served()]).toEqual([4, 1, 1]);
  await model.release();
  await expect.poll(sessions).toBe(0);
  await expect.poll(served).toBe(0);
});
