import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {type Busy, Watch} from './watch.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A worker that computes, and when it was given up. */
function watched() {
  const busy = new Map<number, Busy>();
  const ended: number[] = [];
  const fail = () => {};
  const restart = () => void ended.push(performance.now());
  const watch = new Watch({busy, ping: () => {}, restart}, 60_000);
  const ask = (call: number, lateAt?: number) => {
    busy.set(call, {since: performance.now(), computes: true, fail, lateAt});
    watch.began();
  };
  const run = (deadlineMs?: number) => ask(1, deadlineMs && performance.now() + deadlineMs);
  const answer = () => {
    watch.heard();
    busy.clear();
  };
  return {watch, ask, run, answer, ended};
}

/** A run with two deadlines in a row, `ms` long if it is not ended before. @returns after how long it was */
async function lateRun(
  {watch, run, answer, ended}: ReturnType<typeof watched>,
  ms: number,
): Promise<number | undefined> {
  const began = performance.now();
  run(200);
  await vi.advanceTimersByTimeAsync(200);
  watch.late();
  watch.late();
  await vi.advanceTimersByTimeAsync(ms - 200);
  const [at] = ended.splice(0);
  answer();
  return at && at - began;
}

/** One of which nobody is in a hurry. */
async function slowRun({run, answer}: ReturnType<typeof watched>, ms: number): Promise<void> {
  run();
  await vi.advanceTimersByTimeAsync(ms);
  answer();
}

test('two deadlines leave a worker ten times what it was silent for before, 1 to 10 s', async () => {
  for (const [ms, most] of [
    [50, 1000],
    [300, 3000],
    [4000, 10_000],
  ] as const) {
    const one = watched();
    await slowRun(one, ms);
    expect(await lateRun(one, 30_000)).toBe(200 + most);
  }
});

test('a run longer than that is left alone where one has ended before, and one without end is ended after twice the time', async () => {
  const one = watched();
  await slowRun(one, 15_000);
  for (let i = 0; i < 3; i++) expect(await lateRun(one, 20_000)).toBe(undefined);
  expect(await lateRun(one, 100_000)).toBe(200 + 40_000);
});

test('nothing is longer than what any run has', async () => {
  const one = watched();
  await slowRun(one, 55_000);
  const ms = await lateRun(one, 200_000);
  expect(ms).toBeGreaterThan(60_000);
  expect(ms).toBeLessThan(66_000);
});

test.each([undefined, 20_000])(
  'what has time left (a deadline of %s ms) is not ended for the deadlines of what waits behind it',
  async deadlineMs => {
    const one = watched();
    const {watch, ask, run, answer, ended} = one;
    run(deadlineMs);
    ask(2, performance.now() + 100);
    await vi.advanceTimersByTimeAsync(100);
    for (let i = 0; i < 10; i++) watch.late();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(ended).toEqual([]);
    answer();
    expect(await lateRun(one, 100_000)).toBe(200 + 30_200);
  },
);

test('a run that is late is ended soon, also after the worker was asked for a sign of life', async () => {
  const {watch, run, ended} = watched();
  run(7000);
  await vi.advanceTimersByTimeAsync(7000);
  for (let i = 0; i < 2; i++) watch.late();
  await vi.advanceTimersByTimeAsync(9999);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveLength(1);
});
