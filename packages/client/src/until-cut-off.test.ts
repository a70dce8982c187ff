import {afterEach, expect, test, vi} from 'vitest';
import type {Progress} from './api.js';
import {untilCutOff, type Wait} from './until-cut-off.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const offline: Progress = {state: 'waiting', reason: 'offline', retryInMs: null};
const going: Progress = {state: 'patching', loadedBytes: 1, totalBytes: 2};

/** Ends when it is aborted only. */
function load({signal, onProgress}: Wait, told: Progress): Promise<never> {
  onProgress?.(told);
  return new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)));
}

/** What came of a load within ten seconds. */
async function after10s(told: Progress, isOn: boolean, hasOther: boolean, signal?: AbortSignal): Promise<unknown> {
  vi.useFakeTimers();
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(isOn);
  let result: unknown = 'waits';
  const wait = signal ? {signal} : {};
  untilCutOff(
    wait,
    async () => hasOther,
    each => load(each, told),
  ).catch((error: unknown) => (result = error));
  // The file that looks is fetched first.
  await vi.dynamicImportSettled();
  await vi.advanceTimersByTimeAsync(10_000);
  return result;
}

test('a load that waits while the network is off is given up where something else can answer', async () => {
  expect(await after10s(offline, false, true)).toMatchObject({code: 'network'});
});

test.each<[string, Progress, boolean, boolean]>([
  ['nothing else can answer', offline, false, false],
  ['there is a network', offline, true, true],
  ['bytes come', going, false, true],
])('it goes on where %s', async (_, told, isOn, hasOther) => {
  expect(await after10s(told, isOn, hasOther)).toBe('waits');
});

test('the caller’s signal ends it', async () => {
  const stop = new AbortController();
  const waiting = after10s(offline, false, false, stop.signal);
  stop.abort('enough');
  expect(await waiting).toBe('enough');
});
