import type {TensorSpec} from '@kedge/core';
import {expect, test} from 'vitest';
import {Copies} from './control/copies.js';
import {Runs} from './healing/runs.js';
import {toTensors} from './inputs.js';
import {copiesOf} from './stream/initial.js';

const spec: TensorSpec = {name: 'x', dtype: 'uint8', shape: ['n', 1]};

test('of a Buffer that shares its memory with others, only its own bytes travel, and what is written later does not', () => {
  const buffer = Buffer.from([0]);
  expect(buffer.buffer.byteLength).toBeGreaterThan(1);
  const sent = Array.from({length: 8}, (_, i) => {
    buffer[0] = i;
    return toTensors([spec], {x: buffer})!.x!.data;
  });
  expect(sent.map(data => [data[0], data.buffer.byteLength])).toEqual(sent.map((_, i) => [i, 1]));
});

test('a Buffer with memory of its own may change once `predict` and a stream have it', async () => {
  const buffer = Buffer.allocUnsafeSlow(1).fill(5);
  const run = {
    ...{tensors: toTensors([spec], {x: buffer})!, options: {}, startedMs: 0, restarts: 0, alone: false, counts: true},
    loaded: {life: 1, host: {life: 2}},
    of: {},
  };
  await new Runs().run(run as never).catch(() => {});
  const streamed = copiesOf({x: buffer, y: {data: buffer, shape: [1, 1]}}) as unknown as {
    x: Buffer;
    y: {data: Buffer};
  };
  buffer[0] = 9;
  expect([run.tensors.x!.data[0], streamed.x[0], streamed.y.data[0]]).toEqual([5, 5, 5]);
});

test('nor do the copies that are used again for every call share memory with it', () => {
  const buffer = Buffer.allocUnsafeSlow(1).fill(5);
  const run = {tensors: toTensors([spec], {x: buffer})!, options: {}, loaded: {manifest: {}}};
  run.tensors = new Copies().of([run as never]);
  buffer[0] = 9;
  expect(run.tensors.x!.data[0]).toBe(5);
});
