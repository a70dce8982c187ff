import {env} from 'onnxruntime-web/wasm';
import ownJspi from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {asked, baseline} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';
import {silentGpu} from '../../testing/silent-gpu.js';

beforeEach(forgetFlights);
afterEach(closeAll);

/** A version that pins the binary of the WebGPU build: with it at hand a start has no network to wait for. */
async function pinned(): Promise<TestRegistry> {
  const registry = await TestRegistry.create();
  const bytes = new Uint8Array(await (await fetch(ownJspi)).arrayBuffer());
  const files = [await registry.publishBinary('ort-wasm-simd-threaded.jspi.wasm', bytes)];
  const runtime = {package: 'onnxruntime-web', version: env.versions.common, files};
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {change: {runtime}})]));
  return registry;
}

/** A GPU in software takes a second to start on a slow device. */
const hangSeconds = 4;

async function device(options: {hangSeconds?: number} = {hangSeconds}) {
  const [registry, gpu] = [await pinned(), silentGpu()];
  const open = () => client(registry, {runtimes: [gpu.runtime], pollSeconds: 0, choice: {budgetMs: 0}, ...options});
  return {...gpu, open, model: async () => (await open()).model('scale', {baseline})};
}

// Each start of the WebGPU build compiles 14 MB.
const timeout = 120_000;

test.each(['requestAdapter', 'requestDevice'])(
  'a GPU whose %s never answers leaves the next provider, and it is told',
  {timeout},
  async call => {
    const {model: open, silence, workers} = await device();
    await silence(call);
    const model = await open();
    expect(await asked(model, 3)).toMatchObject({y: 6, source: 'model', provider: 'wasm'});
    expect(model.problems[0]!.message).toMatch(/GPU process does not answer|did not answer within 4 s/);
    expect(workers.length).toBeLessThanOrEqual(3);
  },
);

test.each(['requestAdapter', 'requestDevice'])(
  'a GPU that served before, whose %s never answers now, leaves the next provider',
  {timeout},
  async call => {
    const {open, silence} = await device();
    const first = await open();
    expect(await asked(await first.model('scale', {baseline}), 1)).toMatchObject({y: 2, provider: 'webgpu'});
    await silence(call);
    await first.close();
    const model = await (await open()).model('scale', {baseline});
    expect(await asked(model, 3)).toMatchObject({y: 6, source: 'model', provider: 'wasm'});
  },
);

test('a run that the GPU never ends is given up after `hangSeconds`; the next one is right', {timeout}, async () => {
  const {model: open, silence, workers} = await device();
  const model = await open();
  expect(await asked(model, 1)).toMatchObject({y: 2, provider: 'webgpu'});
  await silence('mapAsync');
  const pending = [2, 3, 4].map(value => asked(model, value));
  await pause(500);
  await silence();
  const [at, ...behind] = await Promise.all(pending);
  expect(at).toMatchObject({y: -1, source: 'baseline', reason: 'worker_lost'});
  expect(behind.map(({y}) => y)).toEqual([6, 8]);
  expect(await asked(model, 5)).toMatchObject({y: 10, source: 'model', provider: 'webgpu'});
  expect(workers).toHaveLength(2);
});

test('a GPU that ends no run any more is left for the next provider', {timeout}, async () => {
  const {model: open, silence} = await device();
  const model = await open();
  await asked(model, 1);
  await silence('mapAsync');
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await asked(model, i));
  expect(answers.at(-1)).toMatchObject({y: 8, source: 'model', provider: 'wasm'});
});

test('deadlines hold meanwhile, and the worker is found out all the same', {timeout}, async () => {
  const {model: open, silence} = await device();
  const model = await open();
  await asked(model, 1);
  await silence('mapAsync');
  const late = await asked(model, 2, {deadlineMs: 200});
  expect(late).toMatchObject({y: -1, reason: 'deadline_exceeded'});
  await silence();
  await expect
    .poll(() => asked(model, 3, {deadlineMs: 5000}), {timeout: 20_000})
    .toMatchObject({y: 6, source: 'model'});
});

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
