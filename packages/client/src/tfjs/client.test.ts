import type {Experiment} from '@kedge/core';
import {afterEach, expect, test} from 'vitest';
import {client, closeAll, createWorker as createOnnxWorker} from '../../testing/client.js';
import {TestRegistry} from '../../testing/registry.js';
import {graphDoubler, layersDoubler} from '../../testing/tfjs-doubler.js';
import type {KedgeOptions, Progress} from '../api.js';
import {onnx} from '../onnx/index.js';
import {tfjs} from './index.js';

afterEach(closeAll);

/** Both runtimes, and which of their workers were started. */
function runtimes() {
  const started: string[] = [];
  const counted = (name: string, createWorker: () => Worker) => () => {
    started.push(name);
    return createWorker();
  };
  const createTfjsWorker = () => new Worker(new URL('worker.ts', import.meta.url), {type: 'module'});
  const both: KedgeOptions['runtimes'] = [
    onnx({createWorker: counted('onnx', createOnnxWorker)}),
    tfjs({createWorker: counted('tfjs', createTfjsWorker)}),
  ];
  return {runtimes: both, started};
}

const layers = (scale: number) => ({files: layersDoubler(scale), change: {format: 'tfjs-layers'} as const});
const graph = (scale: number) => ({files: graphDoubler(scale), change: {format: 'tfjs-graph'} as const});
const one = {x: Float32Array.of(1)};

test('a second worker starts when a version of its format does, and not before', async () => {
  const registry = await TestRegistry.create();
  const [first, second] = [await registry.publish('1.0.0', 2), await registry.publish('1.1.0', 3, graph(3))];
  await registry.putRelease(registry.release([first, second]));
  const {started, ...options} = runtimes();
  const kedge = await client(registry, options);
  expect((await (await kedge.model('scale')).predict(one)).outputs.y?.data[0]).toBe(2);
  expect(started).toEqual(['onnx']);

  const release = registry.release([second, first], {version: 2});
  await registry.putRelease(release);
  await kedge.refresh();
  const {served, outputs} = await (await kedge.model('scale')).predict(one);
  expect([outputs.y?.data[0], served.version, served.executionProvider]).toEqual([3, '1.1.0', 'wasm']);
  expect(started).toEqual(['onnx', 'tfjs']);
});

test('a tfjs version is downloaded once, told step by step, stored, and answers a second visit without a download', async () => {
  const registry = await TestRegistry.create();
  const version = await registry.publish('1.0.0', 2, layers(2));
  await registry.putRelease(registry.release([version]));
  const states: Progress['state'][] = [];
  const onProgress = ({state}: Progress) => states.push(state);
  const first = await client(registry, runtimes());
  const model = await first.model('scale', {onProgress});
  expect((await model.predict({x: Float32Array.of(4, 5)})).outputs.y).toEqual({
    dtype: 'float32',
    shape: [2, 1],
    data: Float32Array.of(8, 10),
  });
  expect([...new Set(states)]).toEqual(['downloading', 'starting', 'testing', 'ready']);
  expect((await first.storage()).versions).toMatchObject([{version: '1.0.0', state: 'active'}]);
  await first.close();

  const asked = () => registry.requests().then(all => all.filter(({path}) => path.includes('/blobs/')).length);
  const before = await asked();
  expect(before).toBe(version.manifest.artifacts.length);
  states.length = 0;
  const again = await (await client(registry, runtimes())).model('scale', {onProgress});
  expect((await again.predict(one)).outputs.y?.data[0]).toBe(2);
  expect([states, await asked()]).toEqual([['starting', 'ready'], before]);
});

test('an experiment runs across runtimes: each arm answers with its own', async () => {
  const registry = await TestRegistry.create();
  const versions = [await registry.publish('1.0.0', 2), await registry.publish('1.1.0', 3, layers(3))];
  const experiment = {
    ...{key: 'e', model: 'scale', phase: 1, salt: 'e', hash: 'murmur3-1', status: 'running'},
    arms: [
      {key: 'a', version: '1.0.0', weight: 5000, ranges: [[0, 5000]]},
      {key: 'b', version: '1.1.0', weight: 5000, ranges: [[5000, 10_000]]},
    ],
  } as unknown as Experiment;
  await registry.putRelease(registry.release(versions, {experiments: [experiment]}));
  const kedge = await client(registry, runtimes());
  const answers = new Map<string, unknown>();
  for (let i = 0; i < 12; i++) {
    const {served, outputs} = await (await kedge.forUnit(`u${i}`).model('scale')).predict(one);
    expect(served.reason).toBe('assigned');
    answers.set(served.variant!, outputs.y?.data[0]);
  }
  expect([...answers].sort()).toEqual([
    ['a', 2],
    ['b', 3],
  ]);
});

test('a tfjs version whose numbers are wrong serves on none of the providers', async () => {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, {...layers(2), expectedScale: 3})]));
  const model = await (await client(registry, runtimes())).model('scale');
  expect(model.served).toMatchObject({source: 'baseline', reason: 'golden_mismatch'});
  expect(model.problems.map(({code}) => code)).toContain('golden_mismatch');
  expect(model.problems[0]?.message).toMatch(/on wasm.*on webgpu.*on cpu/s);
});

test('without a runtime for its format a version is runtime_unavailable', async () => {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2, layers(2))]));
  const model = await (await client(registry)).model('scale');
  expect(model.served).toMatchObject({source: 'baseline', reason: 'runtime_unavailable'});
  expect(model.problems[0]?.message).toMatch(/1\.0\.0 is tfjs-layers; no runtime of createKedge loads it/);
});
