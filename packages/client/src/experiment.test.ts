import {Batch, decodeBatch, type Experiment, type KedgeEvent, parse} from '@kedge/core';
import {afterEach, describe, expect, test} from 'vitest';
import {client, closeAll} from '../testing/client.js';
import type {Request} from '../testing/file-server.js';
import {TestRegistry} from '../testing/registry.js';
import {onnx} from './onnx/index.js';
import {createWorker} from '../testing/client.js';

afterEach(closeAll);

const half = (key: string, version: string, range: [number, number]) => ({key, version, weight: 5000, ranges: [range]});
const experiment: Experiment = {
  key: 'which',
  model: 'scale',
  phase: 1,
  salt: 's',
  hash: 'murmur3-1',
  status: 'running',
  unassigned: 0,
  arms: [half('old', '1.0.0', [0, 5000]), half('new', '1.1.0', [5000, 10_000])],
};
const x = {x: Float32Array.of(1)};

/** Two versions in an experiment, and a collector that takes everything. */
async function setting(change: object = {}) {
  const registry = await TestRegistry.create();
  const versions = [await registry.publish('1.0.0', 2, {change}), await registry.publish('1.1.0', 3, {change})];
  await registry.putRelease(registry.release(versions, {experiments: [experiment]}));
  await registry.putText('/v1/events', '{}', {status: 202});
  const collector = {url: registry.url, writeKey: 'key', consent: 'events' as const};
  return {registry, collector};
}

async function told(registry: TestRegistry): Promise<KedgeEvent[]> {
  const posts = (await registry.requests()).filter(({path}) => path.endsWith('/v1/events'));
  const batches = await Promise.all(posts.map(async post => parse(Batch, await inflate(post), 'events_invalid', 'it')));
  return batches.flatMap(batch => decodeBatch(batch));
}

async function inflate({body}: Request): Promise<unknown> {
  const bytes = Uint8Array.from(atob(body), character => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
}

test('a unit is assigned, ready, served and labelled, in this order, under a hash of its id', async () => {
  const {registry, collector} = await setting();
  const kedge = await client(registry, {collector, unitId: 'visitor-7'});
  const model = await kedge.model('scale');
  const {id, served} = await model.predict(x);
  kedge.label(id, {value: 2.5});
  kedge.metric('revenue', 12.5);
  await expect.poll(async () => (await kedge.telemetry()).waiting).toBe(5);
  await kedge.flush();
  const events = await told(registry);
  expect(events.map(({kind}) => kind)).toEqual(['assigned', 'ready', 'prediction', 'metric', 'label']);
  const {unit} = events[0]!.context;
  expect(unit).toMatch(/^[\w-]{22}$/);
  expect(events.every(({context}) => context.unit === unit && context.arm === served.variant)).toBe(true);
  expect(events.at(-1)).toMatchObject({
    error: (served.variant === 'old' ? 2 : 3) - 2.5,
    context: {version: served.version},
  });
});

test('units take both arms, each keeps its own, and one worker serves them all', async () => {
  const {registry, collector} = await setting();
  const kedge = await client(registry, {collector});
  const arms = new Map<string, string>();
  for (let i = 0; i < 24; i++) {
    const {served, outputs} = await (await kedge.forUnit(`unit-${i}`).model('scale')).predict(x);
    expect(outputs.y?.data[0]).toBe(served.variant === 'old' ? 2 : 3);
    arms.set(`unit-${i}`, served.variant!);
  }
  expect(new Set(arms.values())).toEqual(new Set(['old', 'new']));
  await kedge.flush();
  const ready = (await told(registry)).filter(event => event.kind === 'ready');
  // Each version came once, however many units use it.
  expect(ready).toHaveLength(24);
  expect(ready.filter(({downloadedBytes}) => downloadedBytes > 0)).toHaveLength(2);
  const again = await client(registry);
  for (const [unit, arm] of arms) expect((await again.forUnit(unit).model('scale')).served.variant).toBe(arm);
  expect((await again.storage()).versions).toHaveLength(2);
});

test('a unit counts as assigned also when its version never comes', async () => {
  const {registry, collector} = await setting();
  const unitId = 'unit-1';
  const kedge = await client(registry, {collector, unitId, runtimes: [onnx({createWorker, providers: []})]});
  const model = await kedge.model('scale', {baseline: () => ({y: Float32Array.of(0)})});
  await model.predict(x);
  await kedge.flush();
  const events = await told(registry);
  expect(events.map(({kind}) => kind)).toEqual(['assigned', 'failure', 'prediction']);
  expect(events[1]).toMatchObject({code: 'runtime_unavailable', stage: 'runtime'});
  expect(events[2]!.context).toMatchObject({source: 'baseline', version: null, arm: events[0]!.context.arm});
});

describe('a label', () => {
  const classes = {task: 'classification' as const, classes: ['zero']};

  test('by class name joins from a later visit that has not loaded the model', async () => {
    const {registry, collector} = await setting(classes);
    const first = await client(registry, {collector});
    const {id} = await (await first.model('scale')).predict(x);
    await first.close();
    const later = await client(registry, {collector});
    later.label(id, {class: 'zero'});
    const labels = async () => {
      await later.flush();
      return (await told(registry)).filter(({kind}) => kind === 'label');
    };
    await expect.poll(labels).toMatchObject([{correct: true, predicted: 0, truth: 0}]);
  });

  test('that matches nothing is dropped and counted, and throws nothing', async () => {
    const {registry, collector} = await setting(classes);
    const kedge = await client(registry, {collector});
    const {id} = await (await kedge.model('scale')).predict(x);
    kedge.label('no such prediction', {class: 0});
    kedge.label(id, {class: 'no such class'});
    kedge.label(id, {class: 7});
    kedge.metric('nothing', NaN);
    await expect.poll(async () => (await kedge.telemetry()).dropped).toBe(4);
  });
});
