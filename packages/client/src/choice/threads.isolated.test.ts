import * as ort from 'onnxruntime-web/wasm';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {scaledFiles} from '../../testing/doubler.js';
import {type Faulty, faultyRuntime} from '../../testing/faults.js';
import {forgetFlights} from '../../testing/flights.js';
import {testManifest} from '../../testing/manifest.js';
import {TestRegistry} from '../../testing/registry.js';
import {kept} from '../../testing/stored-choice.js';
import type {Kedge} from '../api.js';
import {onnx} from '../onnx/index.js';
import {onnxRuntime} from '../onnx/runtime.js';
import {ortWeb} from '../onnx/web.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const x = {x: Float32Array.of(3)};

/** WASM with one thread first, then with two; both may be slowed down or made wrong. */
async function device(faults: Faulty) {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
  const faulty = faultyRuntime(faults, ['wasm', 'wasm:2']);
  const choice = {budgetMs: 60_000, fastEnoughMs: 0};
  return {...faulty, open: () => client(registry, {runtimes: [faulty.runtime], choice, pollSeconds: 0})};
}

async function measured(kedge: Kedge) {
  await expect.poll(async () => (await kedge.explain('scale')).measuredAt, {timeout: 60_000}).not.toBeNull();
  return kedge.explain('scale');
}

async function asked(kedge: Kedge) {
  const {outputs, served} = await (await kedge.model('scale')).predict(x);
  return [outputs.y!.data[0], served.source, served.executionProvider];
}

test('an isolated page may choose between one thread, two, and as many as four', () => {
  const most = Math.min(4, navigator.hardwareConcurrency);
  expect(globalThis.crossOriginIsolated).toBe(true);
  expect(onnx().providers).toEqual(['wasm', 'webgpu', ...new Set(['wasm:2', `wasm:${most}`])]);
  expect(onnx({threads: 1}).providers).toEqual(['wasm', 'webgpu']);
  expect(onnx({threads: 3}).providers).toEqual(['wasm:3', 'webgpu']);
  expect(onnx({threads: 3, providers: ['wasm']}).providers).toEqual(['wasm']);
  expect(() => onnx({threads: 0.5})).toThrow(TypeError);
});

test('one that is given no memory to share has one thread', () => {
  vi.stubGlobal('SharedArrayBuffer', undefined);
  try {
    expect(onnx().providers).toEqual(['wasm', 'webgpu']);
    expect(onnx({threads: 2}).providers).toEqual(['wasm', 'webgpu']);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('two threads are two, in onnxruntime too; what is asked for later in the same realm has as many', async () => {
  const runtime = onnxRuntime(ortWeb);
  const tensor = (name: string) => ({name, dtype: 'float32' as const, shape: ['batch', 1]});
  const manifest = testManifest('1.0.0', [], {entry: 'model.onnx', inputs: [tensor('x')], outputs: [tensor('y')]});
  const session = await runtime.load(manifest, scaledFiles(2), 'wasm:2');
  const {y} = await session.run({x: {dtype: 'float32', shape: [1, 1], data: x.x}});
  expect([y!.data[0], ort.env.wasm.numThreads]).toEqual([6, 2]);
  expect([runtime.standing!('wasm'), runtime.standing!('webgpu')]).toEqual(['wasm:2', 'webgpu']);
  await session.release();
});

describe('two threads', () => {
  test('that are faster and right take over, and the next visits start with them', async () => {
    const {open, workers} = await device({'run wasm': 'slow'});
    const kedge = await open();
    expect(await asked(kedge)).toEqual([6, 'model', 'wasm']);
    await expect.poll(() => asked(kedge), {timeout: 60_000}).toEqual([6, 'model', 'wasm:2']);
    const {serves, candidates, why, measuredAt} = await measured(kedge);
    expect([serves, why]).toEqual(['wasm:2', 'the fastest that gives the golden outputs']);
    expect(candidates).toMatchObject([{provider: 'wasm'}, {provider: 'wasm:2', golden: 'passed', why: null}]);
    await kept(measuredAt);
    await kedge.close();
    for (const visit of [2, 3]) {
      const before = workers.length;
      const next = await open();
      expect([visit, ...(await asked(next))]).toEqual([visit, 6, 'model', 'wasm:2']);
      expect(workers.length).toBe(before + 1);
      await next.close();
    }
  });

  test('that are wrong are refused, however fast', async () => {
    const {open} = await device({'run wasm': 'slow', 'run wasm:2': 'double'});
    const kedge = await open();
    await kedge.model('scale');
    const {serves, candidates} = await measured(kedge);
    expect([serves, candidates[1]]).toMatchObject(['wasm', {golden: 'failed', medianMs: null}]);
    expect(await asked(kedge)).toEqual([6, 'model', 'wasm']);
  });

  test('that are slower are not used', async () => {
    const {open} = await device({'run wasm:2': 'slow'});
    const kedge = await open();
    await kedge.model('scale');
    const {serves, candidates} = await measured(kedge);
    expect([serves, candidates[1]!.why]).toEqual(['wasm', expect.stringMatching(/^takes .* times as long$/)]);
  });

  test('that never start are given up, and what serves is not disturbed', async () => {
    const {open, workers} = await device({'load wasm:2': 'loop'});
    const kedge = await open();
    await kedge.model('scale');
    await expect.poll(() => workers.length).toBe(2);
    expect(await asked(kedge)).toEqual([6, 'model', 'wasm']);
    const {serves, candidates} = await measured(kedge);
    expect([serves, candidates[1]!.golden]).toEqual(['wasm', 'not_run']);
    expect(candidates[1]!.why).toMatch(/threads did not start within 10000 ms/);
    expect(await asked(kedge)).toEqual([6, 'model', 'wasm']);
  });
});
