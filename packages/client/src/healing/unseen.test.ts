import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {forgetFlights, notedFlights} from '../../testing/flights.js';
import {closeAll} from '../../testing/client.js';
import {faulty} from '../../testing/faulty-model.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
});

/** As the browser does it when the person goes to another tab, or comes back. */
function see(seen: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(!seen);
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(seen ? 'visible' : 'hidden');
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
}

/** Runs `work` while a version can't be read from the store. */
const held = (work: () => Promise<void>) => navigator.locks.request('kedge:store', work);

async function installed() {
  const {open} = await faulty();
  const first = await open();
  await first.model('scale');
  await first.close();
  return open();
}

test('a start is noted only while the page is seen: what ends a hidden one may be the browser itself', async () => {
  const kedge = await installed();
  let starting: Promise<unknown> | undefined;
  await held(async () => {
    starting = kedge.model('scale');
    await expect.poll(notedFlights).toHaveLength(1);
    see(false);
    expect(notedFlights()).toEqual([]);
    see(true);
    expect(notedFlights()).toHaveLength(1);
  });
  await starting;
  expect(notedFlights()).toEqual([]);
  see(false);
  see(true);
  expect(notedFlights()).toEqual([]);
});

test('a start in a page that nobody sees is noted once it is seen', async () => {
  see(false);
  const kedge = await installed();
  let starting: Promise<unknown> | undefined;
  await held(async () => {
    const begun = vi.fn();
    starting = kedge.model('scale', {onProgress: begun});
    await expect.poll(() => begun.mock.calls.length).toBeGreaterThan(0);
    expect(notedFlights()).toEqual([]);
    see(true);
    await expect.poll(notedFlights).toHaveLength(1);
  });
  await starting;
  expect(notedFlights()).toEqual([]);
});
