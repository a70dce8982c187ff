import type {DType} from '@kedge/core';
import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import {TestRegistry} from '../testing/registry.js';
import type {Model, ModelOptions} from './api.js';

afterEach(closeAll);

type Own = Required<ModelOptions>['baseline'];

/** A client that tells a collector of each prediction. */
async function telling(registry: TestRegistry) {
  await registry.putText('/v1/events', '{}', {status: 202});
  const collector = {url: registry.url, writeKey: 'key', consent: 'events' as const};
  return client(registry, {pollSeconds: 0, collector});
}

/** A model that is here and was turned off, so that a baseline answers. */
async function naive(own: unknown, change = {}) {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 2, {change: {golden: [], ...change}});
  await registry.putRelease(registry.release([version]));
  const kedge = await telling(registry);
  const model = await kedge.model('scale', own ? {baseline: own as Own} : {});
  const off = registry.release([version], {version: 2});
  off.models.scale!.enabled = false;
  await registry.putRelease(off);
  await kedge.refresh();
  return model;
}

/** Of a version that no provider runs rightly, so that its baseline answers. */
async function wrong(): Promise<Model> {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {expectedScale: 3})]));
  return (await telling(registry)).model('scale');
}

const rows = (...values: number[]) => ({x: Float32Array.from(values)});

describe('the app’s own baseline', () => {
  test('has the shape of the manifest’s output, with the rows of the call', async () => {
    const model = await naive(({x}: {x: {data: Float32Array}}) => ({y: x.data.map(value => value + 1)}));
    const {outputs, served} = await model.predict(rows(1, 2, 3));
    expect(outputs.y).toEqual({dtype: 'float32', shape: [3, 1], data: Float32Array.of(2, 3, 4)});
    expect(served.source).toBe('baseline');
  });

  test('may say its shape itself, and find nothing', async () => {
    const outputs = [{name: 'boxes', dtype: 'float32', shape: ['found', 4]}];
    const model = await naive(() => ({boxes: {data: new Float32Array(0), shape: [0, 4]}}), {
      outputs,
      baseline: undefined,
    });
    expect((await model.predict(rows(1))).outputs.boxes!.shape).toEqual([0, 4]);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', () => undefined, /expected outputs by name \(y\), got undefined/],
    ['no output', () => ({}), /output y: expected float32\[batch, 1\], got nothing/],
    ['NaN', () => ({y: Float32Array.of(NaN)}), /output y: element 0 is NaN/],
    ['another name', () => ({z: Float32Array.of(1)}), /no output is named z; expected y/],
    ['a plain array', () => ({y: [1, 2]}), /output y: expected float32\[1, 1\], got an Array; pass a Float32Array/],
    ['another dtype', () => ({y: Int32Array.of(1)}), /output y: .* got an Int32Array/],
    ['too many rows', () => ({y: Float32Array.of(1, 2)}), /output y: .* got 2 elements/],
    ['a promise', async () => Promise.resolve({y: Float32Array.of(1)}), /got a Promise; it must answer at once/],
  ])('that answers with %s is told so, and not handed out', async (_, own, message) => {
    const model = await naive(own);
    await expect(model.predict(rows(1))).rejects.toMatchObject({
      code: 'output_invalid',
      message: expect.stringMatching(new RegExp(`^scale 1.0.0: the app's baseline: .*${message.source}`)) as string,
    });
  });

  test.each<[string, unknown]>([
    ['nothing', () => undefined],
    ['a plain array', () => ({y: [1]})],
  ])('that answers with %s is told so where no manifest is known', async (_, own) => {
    const registry = await TestRegistry.create();
    const model = await (await client(registry, {pollSeconds: 0})).model('scale', own ? {baseline: own as Own} : {});
    await expect(model.predict(rows(1))).rejects.toMatchObject({
      code: 'output_invalid',
      message: expect.stringMatching(/^the app's baseline: expected/) as string,
    });
  });
});

test('the manifest’s baseline has the shape of its output', async () => {
  const outputs = [{name: 'y', dtype: 'float32', shape: ['batch']}];
  const model = await naive(undefined, {outputs});
  expect((await model.predict(rows(1, 2))).outputs.y).toEqual({
    ...{dtype: 'float32', shape: [2]},
    data: Float32Array.of(0.5, 0.5),
  });
});

describe('a baseline answers within 1 ms', () => {
  test.each<[string, () => Promise<Model>]>([
    ['of the manifest, for a model that a release turned off', () => naive(undefined)],
    [
      'of the app, for a model that a release turned off',
      () => naive(({x}: {x: {data: Float32Array}}) => ({y: x.data})),
    ],
    ['of the manifest, for a model whose numbers are wrong', wrong],
  ])('%s', async (_, open) => {
    const model = await open();
    const times: number[] = [];
    for (let i = 0; i < 1100; i++) {
      const began = performance.now();
      const {served} = await model.predict(rows(i));
      times.push(performance.now() - began);
      expect(served.source).toBe('baseline');
    }
    // The first ones are still compiled.
    const warm = times.slice(100).sort((a, b) => a - b);
    expect(warm[warm.length / 2]).toBeLessThan(1);
  });
});

describe('the manifest’s baseline', () => {
  test.each<[DType, object]>([
    ['float64', Float64Array.of(2, 1, 2, 1)],
    ['int64', BigInt64Array.of(2n, 1n, 2n, 1n)],
    ['uint8', Uint8Array.of(2, 1, 2, 1)],
  ])('is %s where the output is, once for each row', async (dtype, data) => {
    const outputs = [{name: 'y', dtype, shape: ['batch', 2]}];
    const model = await naive(undefined, {outputs, baseline: {y: [2, 1]}});
    expect((await model.predict(rows(1, 2))).outputs).toEqual({y: {dtype, shape: [2, 2], data}});
  });

  test('is whole where the output is, though it was packed with a fraction', async () => {
    const outputs = [{name: 'y', dtype: 'int64', shape: ['batch', 1]}];
    const model = await naive(undefined, {outputs, baseline: {y: [0.75]}});
    expect((await model.predict(rows(1, 2))).outputs.y!.data).toEqual(BigInt64Array.of(1n, 1n));
  });

  test('is there once where the rows of the input are none of the output’s', async () => {
    const inputs = [{name: 'x', dtype: 'float32', shape: ['time', 1]}];
    const outputs = [{name: 'y', dtype: 'float32', shape: [1, 2]}];
    const model = await naive(undefined, {inputs, outputs, baseline: {y: [0.25, 0.75]}});
    const {y} = (await model.predict(rows(1, 2, 3))).outputs;
    expect(y).toEqual({dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.25, 0.75)});
  });
});
