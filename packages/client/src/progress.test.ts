import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {forgetFlights} from '../testing/flights.js';
import {TestRegistry} from '../testing/registry.js';

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
