import {once} from 'node:events';
import {expect, test} from 'vitest';
import {Thread} from './thread.js';

const running = (code: string) =>
  new Thread(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {directory: null});
const from = 'import {parentPort, workerData} from "node:worker_threads";';
const heard = async (thread: Thread, type: string) => (await once(thread as never, type))[0] as Event;

test.each([
  ['null', 'null'],
  ['undefined', 'undefined'],
  ['"a word"', 'a word'],
  ['new Error("an error")', 'an error'],
])('a thread that throws %s is an error event', async (thrown, message) => {
  const thread = running(`setTimeout(() => { throw ${thrown}; });`);
  expect(await heard(thread, 'error')).toMatchObject({message});
  await thread.ended;
});

test('a thread that never comes back from code that is not native is ended all the same, and not heard', async () => {
  const thread = running(`${from} parentPort.postMessage(1); parentPort.postMessage(2); for (;;);`);
  await heard(thread, 'message');
  const late: Event[] = [];
  for (const type of ['message', 'error']) thread.addEventListener(type, event => late.push(event));
  thread.terminate();
  await thread.ended;
  expect(late).toEqual([]);
});

test('a thread in a turn of native code is left to end it, and nothing of it is heard', async () => {
  const turn = `Atomics.add(workerData.turns, 0, 1); parentPort.postMessage(1);
    setTimeout(() => { parentPort.postMessage(2); throw new Error("too late"); }, 300);`;
  const thread = running(from + turn);
  await heard(thread, 'message');
  const late: Event[] = [];
  for (const type of ['message', 'error']) thread.addEventListener(type, event => late.push(event));
  const began = performance.now();
  thread.terminate();
  await thread.ended;
  expect(performance.now() - began).toBeGreaterThan(200);
  expect(late).toEqual([]);
});
