import {expect, test} from 'vitest';
import {WireEnd} from './wire.js';

function heard(end: WireEnd): Promise<{values: Float32Array}> {
  return new Promise(resolve => {
    const onMessage = (event: Event) => resolve((event as MessageEvent<{values: Float32Array}>).data);
    end.addEventListener('message', onMessage, {once: true});
  });
}

test('what is written into a message after it was posted changes nothing, in either direction', async () => {
  const ends = WireEnd.pair();
  for (const [from, to] of [ends, [...ends].reverse() as typeof ends]) {
    const values = Float32Array.of(1, 2);
    const message = heard(to);
    from.postMessage({values});
    values.fill(0);
    expect((await message).values).toEqual(Float32Array.of(1, 2));
    expect(values.length).toBe(2);
  }
});

test('what is given away is moved, at once', async () => {
  const [from, to] = WireEnd.pair();
  const values = Float32Array.of(1, 2);
  const message = heard(to);
  from.postMessage({values}, [values.buffer]);
  expect(values.length).toBe(0);
  expect((await message).values).toEqual(Float32Array.of(1, 2));
});
