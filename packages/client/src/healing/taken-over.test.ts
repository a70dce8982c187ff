import type {TensorSpec} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {client, closeAll} from '../../testing/client.js';
import {asked, baseline} from '../../testing/faulty-model.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Progress} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const spec = (name: string, shape: TensorSpec['shape'], range?: [number, number]): TensorSpec => ({
  ...{name, dtype: 'float32', shape},
  ...(range && {range}),
});

describe('a version that is left for the one before, which takes two rows at a time', () => {
  /** 1.1.0 is right only up to 1. */
  async function leaving() {
    const registry = await TestRegistry.create();
    const pairs = await registry.publish('1.0.0', 2, {change: {inputs: [spec('x', [2, 1])]}});
    const change = {outputs: [spec('y', ['batch', 1], [0, 1])], golden: [], baseline: {y: [0.25]}};
    const next = await registry.publish('1.1.0', 3, {note: 'next', change});
    await registry.putRelease(registry.release([pairs, next]));
    const {runtime} = faultyRuntime();
    const open = () => client(registry, {runtimes: [runtime], pollSeconds: 0, releaseWaitMs: 30_000});
    const first = await open();
    await first.model('scale');
    await first.close();
    await registry.putRelease(registry.release([next, pairs], {version: 2}));
    const model = await (await open()).model('scale');
    expect(model.served.version).toBe('1.1.0');
    for (let i = 0; i < 2; i++) await model.predict({x: Float32Array.of(5, 6)});
    return model;
  }

  test('answers what fits it', async () => {
    const {outputs, served} = await (await leaving()).predict({x: Float32Array.of(5, 6)});
    expect([[...outputs.y!.data], served.source, served.version]).toEqual([[10, 12], 'previous', '1.0.0']);
  });

  test('is not asked what does not: the baseline of the version that was asked answers, and says why', async () => {
    const {outputs, served} = await (await leaving()).predict({x: Float32Array.of(5, 6, 7)});
    expect([[...outputs.y!.data], served.source, served.reason]).toEqual([
      [0.25, 0.25, 0.25],
      'baseline',
      'output_invalid',
    ]);
  });
});

describe('a download beside a run without end', () => {
  /** `other` is on its way, and stays there until it may come. */
  async function downloading() {
    const registry = await TestRegistry.create();
    const [scale, other] = [
      await registry.publish('1.0.0', 2),
      await registry.publish('1.0.0', 5, {note: 'other', change: {model: 'other'}}),
    ];
    const release = registry.release([scale]);
    release.models.other = registry.release([other]).models.scale!;
    await registry.putRelease(release);
    await registry.putBlob(other, other.model, {silent: true});
    const faulty = faultyRuntime();
    const kedge = await client(registry, {runtimes: [faulty.runtime], pollSeconds: 0, hangSeconds: 2});
    const model = await kedge.model('scale', {baseline});
    const told: Progress[] = [];
    const arriving = kedge.model('other', {onProgress: progress => told.push(progress)});
    arriving.catch(() => {});
    await expect.poll(() => told.some(({state}) => state === 'downloading')).toBe(true);
    return {...faulty, model, arriving, come: () => registry.putBlob(other, other.model)};
  }

  test('goes on in the new worker, also the second time; each run is told', async () => {
    const {model, arriving, come, says, workers} = await downloading();
    for (let i = 1; i <= 2; i++) {
      await says({'run wasm': 'loop'});
      const stuck = asked(model, i);
      await says({'run wasm': null});
      expect(await stuck).toMatchObject({y: -1, source: 'baseline', reason: 'worker_lost'});
      expect(await asked(model, i)).toMatchObject({y: 2 * i, source: 'model'});
      expect(workers).toHaveLength(i + 1);
    }
    await come();
    const other = await arriving;
    expect([await asked(other, 2), other.problems]).toMatchObject([{y: 10, source: 'model'}, []]);
  });
});
