import type {Manifest} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {wideDoubler} from '../../testing/doubler.js';
import {faultyRuntime} from '../../testing/faults.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';
import type {Run} from '../healing/runs.js';
import type {ServedModel} from '../model.js';
import type {StreamOptions, StreamPredictOptions} from './api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

/** The output is the next input, from 1 on. */
const fromOne: StreamOptions = {state: {x: 'y'}, initial: {x: {data: Float32Array.of(1), shape: [1, 1]}}};
/** Zeros, of the size that the version has. */
const fromZeros: StreamOptions = {state: {x: 'y'}};

/** One whose state has as many numbers. */
function sized(factor: number, width: number) {
  const tensor = (name: string) => ({name, dtype: 'float32' as const, shape: [1, width]});
  const change: Partial<Manifest> = {inputs: [tensor('x')], outputs: [tensor('y')], golden: []};
  return {files: new Map([['model.onnx', wideDoubler(factor, width)]]), change};
}

/** A stream of 2.0.0, `y = 3 x`, on a device that has 1.0.0, `y = 2 x`, too. @param sizes of their states, where they differ */
async function device(options: StreamOptions, sizes?: [number, number], factor = 3) {
  const registry = await TestRegistry.create();
  const first = await registry.publish('1.0.0', 2, sizes && sized(2, sizes[0]));
  const second = await registry.publish('2.0.0', factor, sizes ? sized(factor, sizes[1]) : {change: {golden: []}});
  await registry.putRelease(registry.release([first]));
  const {runtime, says} = faultyRuntime({}, ['wasm']);
  const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0, choice: {budgetMs: 0}});
  await kedge.model('scale');
  await registry.putRelease(registry.release([second, first], {version: 2}));
  await kedge.refresh();
  const baseline = () => ({y: new Float32Array(sizes?.[1] ?? 1).fill(-1)});
  const model = (await kedge.model('scale', {baseline})) as ServedModel;
  // What gives versions up comes in idle time.
  await expect.poll(() => model.breaker).toBeDefined();
  const stream = await model.stream(options);
  const next = async (call: StreamPredictOptions = {}) => {
    const {outputs, state, served} = await stream.predict({}, call);
    return [served.version, [...outputs.y!.data].map(Number), state];
  };
  const revoke = async () => {
    const release = registry.release([first, second], {version: 3});
    release.models.scale!.revoked = ['2.0.0'];
    await registry.putRelease(release);
    await kedge.refresh();
  };
  /** Predictions that are told of from now on. */
  const count = () => {
    const {journal} = model;
    const {predicted} = journal;
    const told: string[] = [];
    journal.predicted = (source, ...of) => (told.push(source), predicted.call(journal, source, ...of));
    return told;
  };
  return {model, next, says, revoke, count};
}

const hasty = {deadlineMs: 20_000};

describe('while a version is given up for its deadlines', () => {
  /** For a quarter of a minute: calls with a deadline are the version's before. */
  async function late(options: StreamOptions, sizes?: [number, number]) {
    const {model, ...rest} = await device(options, sizes);
    const loaded = model.loaded!;
    const {breaker} = model;
    for (let i = 0; i < 9; i++) breaker!.missed({loaded, startedMs: Infinity} as Run);
    await expect.poll(() => breaker!.previous).toBeDefined();
    return {...rest, model};
  }

  test('the version before carries a state of its own', async () => {
    const {next} = await late(fromOne);
    expect([await next(), await next()]).toEqual([
      ['2.0.0', [3], 'initial'],
      ['2.0.0', [9], 'carried'],
    ]);
    expect([await next(hasty), await next(hasty), await next(hasty)]).toEqual([
      ['1.0.0', [2], 'initial'],
      ['1.0.0', [4], 'carried'],
      ['1.0.0', [8], 'carried'],
    ]);
    expect([await next(), await next(), await next(hasty)]).toEqual([
      ['2.0.0', [3], 'initial'],
      ['2.0.0', [9], 'carried'],
      ['1.0.0', [2], 'initial'],
    ]);
  });

  test('a call of the other version that fails leaves its state as before', async () => {
    const {next, says} = await late(fromOne);
    await next(hasty);
    await says({'run wasm': 'slow 500'});
    await expect(next({signal: AbortSignal.timeout(50)})).rejects.toMatchObject({name: 'TimeoutError'});
    await says({'run wasm': null});
    expect(await next(hasty)).toEqual(['1.0.0', [4], 'carried']);
  });

  test('a state of another size is its own as well', async () => {
    const {next} = await late(fromZeros, [2, 3]);
    expect([await next(), await next(hasty), await next(hasty), await next()]).toEqual([
      ['2.0.0', [0, 0, 0], 'initial'],
      ['1.0.0', [0, 0], 'initial'],
      ['1.0.0', [0, 0], 'carried'],
      ['2.0.0', [0, 0, 0], 'initial'],
    ]);
  });
});

describe('a version that gives way within a call', () => {
  test.each<[string, StreamOptions, [number, number] | undefined, number[]]>([
    ['states of one size', fromOne, undefined, [2]],
    ['states of two sizes', fromZeros, [2, 3], [0, 0]],
  ])('for it is revoked: the one before begins anew and carries on (%s)', async (_, options, sizes, begun) => {
    const {next, revoke, count} = await device(options, sizes);
    await next();
    await next();
    const told = count();
    await revoke();
    expect(await next()).toEqual(['1.0.0', begun, 'initial']);
    expect(await next()).toEqual(['1.0.0', begun.map(value => 2 * value), 'carried']);
    // Nothing was computed from the other's state.
    expect(told).toEqual(['previous', 'previous']);
  });

  test('for its failures: so does it then', async () => {
    const {next, count} = await device(fromOne, undefined, 1e19);
    const full = expect.closeTo(1e38, -33) as number;
    expect([await next(), await next()]).toMatchObject([{2: 'initial'}, ['2.0.0', [full], 'carried']]);
    for (let i = 0; i < 2; i++) expect(await next()).toEqual([null, [-1], 'kept']);
    const told = count();
    expect([await next(), await next()]).toEqual([
      ['1.0.0', [2], 'initial'],
      ['1.0.0', [4], 'carried'],
    ]);
    expect(told).toEqual(['previous', 'previous']);
  });

  test('for its failures, where their states differ in size', async () => {
    const {next} = await device(fromZeros, [2, 3], NaN);
    for (let i = 0; i < 2; i++) expect(await next()).toEqual([null, [-1, -1, -1], 'kept']);
    expect([await next(), await next()]).toEqual([
      ['1.0.0', [0, 0], 'initial'],
      ['1.0.0', [0, 0], 'carried'],
    ]);
  });
});
