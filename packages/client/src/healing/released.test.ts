import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {faultAt} from '../../testing/fault-at.js';
import {forgetFlights} from '../../testing/flights.js';
import {struck} from '../../testing/struck.js';
import type {Model, PredictOptions} from '../api.js';
import {servingLock} from '../names.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

const asked = async (model: Model, value: number, options: PredictOptions = {}) =>
  (await model.predict({x: Float32Array.of(value)}, options)).outputs.y!.data[0];

const versionsServed = async () =>
  ((await navigator.locks.query()).held ?? []).filter(({name}) => name?.startsWith(servingLock)).length;

/** Two models in one worker, once all files are here. */
async function two() {
  const kedge = await struck();
  const [a, b] = [await kedge.model('a'), await kedge.model('b')];
  expect([await asked(a, 1), await asked(b, 1)]).toEqual([2, 3]);
  await pause(1500);
  return {kedge, a, b};
}

/** A run without end. @returns ends it, and the worker with it */
async function stuckIn(model: Model) {
  const stop = new AbortController();
  const stuck = asked(model, faultAt.loop, {signal: stop.signal, terminate: true});
  await pause(50);
  return async () => {
    stop.abort(new Error('enough'));
    await expect(stuck).rejects.toThrow('enough');
  };
}

describe('what was asked of a model before it was released is answered', () => {
  test('though the worker is ended for a call of another model, and nothing of it stays', async () => {
    const {a, b} = await two();
    const end = await stuckIn(b);
    const waiting = [5, 6, 7].map(value => asked(a, value));
    const released = a.release();
    await pause(200);
    await end();
    expect(await Promise.all(waiting)).toEqual([10, 12, 14]);
    await released;
    expect(await asked(b, 2)).toBe(6);
    // Of b alone.
    await expect.poll(versionsServed).toBe(1);
    await expect(asked(a, 1)).rejects.toMatchObject({code: 'closed'});
  });

  test('though the worker crashes by a call of another model', async () => {
    const {a, b} = await two();
    const crash = asked(b, faultAt.crash).catch((error: Error) => error);
    const waiting = [5, 6, 7].map(value => asked(a, value));
    const released = a.release();
    expect(await Promise.all(waiting)).toEqual([10, 12, 14]);
    expect(await crash).toMatchObject({code: 'worker_lost'});
    await released;
    await b.release();
    await expect.poll(versionsServed).toBe(0);
  });

  test('where `model()` was called anew before', async () => {
    const {kedge, a, b} = await two();
    const end = await stuckIn(b);
    const waiting = [5, 6, 7].map(value => asked(a, value));
    const again = await kedge.model('a');
    const released = a.release();
    await end();
    expect(await Promise.all(waiting)).toEqual([10, 12, 14]);
    await released;
    expect(await asked(again, 8)).toBe(16);
    await expect.poll(versionsServed).toBe(2);
    for (const model of [again, b]) await model.release();
    await expect.poll(versionsServed).toBe(0);
  });
});

describe('an abort that ends the worker of a call', () => {
  test('leaves a release beside it as good as any', async () => {
    const {kedge, a, b} = await two();
    const end = await stuckIn(b);
    const released = a.release();
    await pause(300);
    await end();
    await released;
    expect(await asked(await kedge.model('a'), 4)).toBe(8);
  });

  test('leaves a question to the store beside it an answer', async () => {
    const {kedge, a} = await two();
    const end = await stuckIn(a);
    const report = kedge.storage();
    await pause(300);
    await end();
    expect((await report).versions).toHaveLength(2);
  });
});
