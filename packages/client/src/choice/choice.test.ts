import type {KedgeEvent} from '@kedge/core';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {forgetFlights} from '../../testing/flights.js';
import {client, closeAll} from '../../testing/client.js';
import {inDatabase} from '../../testing/database.js';
import {faultyRuntime} from '../../testing/faults.js';
import {TestRegistry} from '../../testing/registry.js';
import {kept, type StoredChoice, storedChoice} from '../../testing/stored-choice.js';
import {told} from '../../testing/told.js';
import {device, measured} from '../../testing/two-providers.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const x = {x: Float32Array.of(3)};

const metrics = (events: readonly KedgeEvent[]) =>
  events.flatMap(event => (event.kind === 'metric' ? [[event.name, event.context.provider, event.value]] : []));

describe('a provider that was the fastest', () => {
  test('and crashes too often: the one that serves in its place is the only one without a reason', async () => {
    const {open, says} = await device();
    const kedge = await open();
    const model = await kedge.model('scale');
    await measured(kedge);
    await says({'run wasm': 'crash'});
    for (let i = 0; i < 5; i++) await model.predict(x);
    const {serves, why, candidates} = await kedge.explain('scale');
    expect([serves, why]).toEqual(['webgpu', expect.stringMatching(/^in place of wasm, the fastest: it /)]);
    expect(candidates).toMatchObject([
      {provider: 'wasm', golden: 'passed', why: expect.stringMatching(/crashed too often/) as string},
      {provider: 'webgpu', golden: 'passed', why: null},
    ]);
  });
});

describe('a provider that is slower', () => {
  test('is not used, is explained with its numbers, and the collector is told them', async () => {
    const {open, registry, workers} = await device();
    const kedge = await open();
    const model = await kedge.model('scale');
    const {serves, candidates, why, device: facts} = await measured(kedge);
    expect([serves, why, model.served.executionProvider]).toEqual([
      'wasm',
      'the fastest that gives the golden outputs',
      'wasm',
    ]);
    const [wasm, webgpu] = candidates;
    expect(wasm).toMatchObject({provider: 'wasm', golden: 'passed', why: null});
    expect(webgpu).toMatchObject({provider: 'webgpu', golden: 'passed'});
    expect(webgpu!.why).toMatch(/^takes \d+ times as long$/);
    expect(webgpu!.medianMs).toBeGreaterThan(wasm!.medianMs!);
    expect(facts.gpu?.software).toBe(true);
    expect(metrics(await told(kedge, registry))).toEqual([
      ['kedge.warmMs', 'wasm', wasm!.medianMs],
      ['kedge.warmMs', 'webgpu', webgpu!.medianMs],
    ]);
    expect(workers).toHaveLength(2);
  });
});

describe('a provider that is wrong', () => {
  test('is not used however fast, is explained, and the collector is told by how much', async () => {
    const {open, registry} = await device({'run webgpu': 'double', 'run wasm': 'slow'});
    const kedge = await open();
    const model = await kedge.model('scale');
    const {serves, candidates} = await measured(kedge);
    expect(serves).toBe('wasm');
    expect(candidates[1]).toMatchObject({golden: 'failed', medianMs: null});
    expect(candidates[1]!.why).toContain('y[0]: expected 2, got 4');
    expect((await model.predict(x)).outputs.y!.data[0]).toBe(6);
    const events = await told(kedge, registry);
    expect(events).toContainEqual(expect.objectContaining({kind: 'failure', code: 'golden_mismatch', stage: 'golden'}));
    expect(events.find(({kind}) => kind === 'failure')?.context.provider).toBe('webgpu');
    expect(metrics(events)).toContainEqual(['kedge.goldenOff', 'webgpu', 2]);
  });

  test('when it is asked first leaves the next, and the failure is told of it, once by how much', async () => {
    const {open, registry} = await device({'run wasm': 'double'});
    const kedge = await open();
    const model = await kedge.model('scale');
    expect(model.served.executionProvider).toBe('webgpu');
    const {candidates} = await measured(kedge);
    expect(candidates[0]).toMatchObject({provider: 'wasm', golden: 'failed'});
    const events = await told(kedge, registry);
    const failure = events.find(({kind}) => kind === 'failure');
    expect(failure).toMatchObject({code: 'golden_mismatch', context: {provider: 'wasm'}});
    expect(metrics(events).filter(([name]) => name === 'kedge.goldenOff')).toEqual([['kedge.goldenOff', 'wasm', 2]]);
  });
});

describe('a provider that is wrong, where nothing is measured', () => {
  test('by how much is told with the failure', async () => {
    const {open, registry} = await device({'run wasm': 'double'});
    const kedge = await open({budgetMs: 0});
    await kedge.model('scale');
    await new Promise(resolve => setTimeout(resolve, 3000));
    const off = ['kedge.goldenOff', 'wasm', 2];
    expect(metrics(await told(kedge, registry))).toEqual([off]);
    expect(await kedge.explain('scale')).toMatchObject({serves: 'webgpu', measuredAt: null});
  });
});

describe('a provider that is faster and right', () => {
  test('takes over without a gap, and serves at once at the next visit', async () => {
    const {open, workers, registry} = await device({'run wasm': 'slow'});
    const kedge = await open();
    const model = await kedge.model('scale');
    const providers = new Set<string | null>();
    await expect
      .poll(
        async () => {
          const {outputs, served} = await model.predict(x);
          expect([outputs.y!.data[0], served.source]).toEqual([6, 'model']);
          providers.add(served.executionProvider);
          return served.executionProvider;
        },
        {timeout: 60_000, interval: 5},
      )
      .toBe('webgpu');
    expect([...providers]).toEqual(['wasm', 'webgpu']);
    expect((await kedge.explain('scale')).candidates).toMatchObject([
      {why: expect.stringMatching(/times as long/) as string},
      {why: null},
    ]);
    const served = (await told(kedge, registry)).filter(({kind}) => kind === 'prediction');
    expect(served.at(-1)!.context.provider).toBe('webgpu');
    expect((await (await kedge.model('scale')).predict(x)).served.executionProvider).toBe('webgpu');
    await kept((await measured(kedge)).measuredAt);
    await kedge.close();
    const before = workers.length;
    const next = await open();
    expect((await (await next.model('scale')).predict(x)).served.executionProvider).toBe('webgpu');
    expect(await next.explain('scale')).toMatchObject({
      serves: 'webgpu',
      why: 'the fastest that gives the golden outputs',
    });
    expect(workers.length).toBe(before + 1);
  });

  test('that crashes then leaves the other', async () => {
    const {open, says} = await device({'run wasm': 'slow'});
    const kedge = await open();
    const model = await kedge.model('scale');
    await expect.poll(() => model.served.executionProvider, {timeout: 60_000}).toBe('webgpu');
    await says({'run wasm': null, 'run webgpu': 'crash'});
    await expect
      .poll(async () => (await model.predict(x)).served)
      .toMatchObject({executionProvider: 'wasm', source: 'model'});
  });
});

describe('what was chosen holds', () => {
  test('as long as nothing changes', async () => {
    expect(await again(() => {})).toBe(false);
  });

  test.each<[string, (note: StoredChoice) => void]>([
    ['the runtime has another version', note => (note.where = note.where.replace(/\d+\.\d+/, '0.1'))],
    ['the browser has another version', note => (note.where += ' 2')],
    ['the GPU is another one', ({value}) => (value.gpu = 'another adapter')],
  ])('until %s: then it is measured anew', async (_, change) => {
    expect(await again(change)).toBe(true);
  });

  /** Whether the next visit measures once more. */
  async function again(change: (note: StoredChoice) => void): Promise<boolean> {
    const {open} = await device();
    const first = await open();
    await first.model('scale');
    const before = await measured(first);
    await storedChoice(change);
    await first.close();
    const second = await open();
    await second.model('scale');
    try {
      await expect
        .poll(async () => (await second.explain('scale')).measuredAt, {timeout: 6000})
        .not.toBe(before.measuredAt);
      return true;
    } catch {
      return false;
    }
  }
});

test('what was right on one GPU is tested again on another, and refused where it is wrong there', async () => {
  const {open, says} = await device({'run wasm': 'slow'});
  const kedge = await open();
  const model = await kedge.model('scale');
  const provider = async () => (await model.predict(x)).served.executionProvider;
  await expect.poll(provider, {timeout: 60_000}).toBe('webgpu');
  await kedge.close();
  expect(await passedOnAnotherGpu()).toBeGreaterThan(0);
  await says({'run wasm': null, 'run webgpu': 'double'});
  const {outputs, served} = await (await (await open()).model('scale')).predict(x);
  expect([outputs.y!.data[0], served.executionProvider]).toEqual([6, 'wasm']);
});

/** As if this device had had another GPU when the golden outputs were right. */
function passedOnAnotherGpu(): Promise<number> {
  return inDatabase(async database => {
    const gpu = /(?<=^golden:.*\|webgpu )[^|]+/;
    const keys = ((await database.getAllKeys('settings')) as string[]).filter(key => gpu.test(key));
    for (const key of keys) {
      await database.put('settings', await database.get('settings', key), key.replace(gpu, 'another'));
      await database.delete('settings', key);
    }
    return keys.length;
  });
}

describe('nothing is tried', () => {
  test('where what serves is fast enough', async () => {
    const {open, workers} = await device();
    const kedge = await open({});
    await kedge.model('scale');
    const {candidates} = await measured(kedge);
    expect(candidates[1]).toMatchObject({golden: 'not_run', why: 'what serves is fast enough (4 ms)'});
    expect(workers).toHaveLength(1);
  });

  test('in software beyond the budget', async () => {
    const {open} = await device({'run wasm': 'slow'});
    const kedge = await open({budgetMs: 300, fastEnoughMs: 0});
    await kedge.model('scale');
    const {serves, candidates} = await measured(kedge);
    expect(serves).toBe('wasm');
    expect(candidates[1]).toMatchObject({
      golden: 'not_run',
      why: expect.stringMatching(/in software/) as string,
    });
  });

  test('where the version has no golden examples: nothing would tell what is right, and none is said to be', async () => {
    const {open, workers, registry} = await device();
    await registry.putRelease(registry.release([await registry.publish('1.1.0', 2, {change: {golden: []}})]));
    const kedge = await open();
    await kedge.model('scale');
    expect((await kedge.explain('scale')).candidates[0]).toMatchObject({golden: 'none', why: null});
    const {why, candidates} = await measured(kedge);
    expect(why).toBe('the first one that started; the version has no golden examples to test it by');
    expect(candidates).toMatchObject([
      {provider: 'wasm', golden: 'none', medianMs: null, why: null},
      {provider: 'webgpu', golden: 'not_run', why: expect.stringMatching(/no golden examples/) as string},
    ]);
    expect(workers).toHaveLength(1);
  });

  test('without a budget', async () => {
    const {open, workers} = await device({'run wasm': 'slow'});
    const kedge = await open({budgetMs: 0});
    await kedge.model('scale');
    await new Promise(resolve => setTimeout(resolve, 1500));
    expect(await kedge.explain('scale')).toMatchObject({serves: 'wasm', measuredAt: null});
    expect(workers).toHaveLength(1);
  });

  test('a budget that is no number is misuse', async () => {
    await expect((await device()).open({budgetMs: Number.NaN})).rejects.toBeInstanceOf(TypeError);
  });
});

describe('a trial that fails', () => {
  test.each(['crash', 'poison', 'memory'])('(%s) disturbs nothing', async kind => {
    const {open} = await device({'run wasm': 'slow', 'load webgpu': kind});
    const kedge = await open();
    const model = await kedge.model('scale');
    expect(await measured(kedge)).toMatchObject({serves: 'wasm', candidates: [{why: null}, {golden: 'not_run'}]});
    expect((await model.predict(x)).outputs.y!.data[0]).toBe(6);
  });
});

test('a model that nobody opened is explained as such', async () => {
  const kedge = await (await device()).open();
  expect(await kedge.explain('scale')).toMatchObject({serves: null, version: null, candidates: []});
});

test('a smaller form serves where the full one is wrong on every provider', async () => {
  const registry = await TestRegistry.create();
  const full = await registry.publish('1.0.0', 2, {expectedScale: 3, note: 'full'});
  const half = await registry.publish('1.0.0', 3, {change: {variant: 'fp16'}});
  const release = registry.release([full]);
  release.models.scale!.versions['1.0.0']!.variants = [{variant: 'fp16', manifest: half.digest, bytes: half.bytes}];
  await registry.putRelease(release);
  const kedge = await client(registry, {runtimes: [faultyRuntime({}, ['wasm']).runtime]});
  const model = await kedge.model('scale');
  const {served, outputs} = await model.predict(x);
  expect([outputs.y!.data[0], served.digest, served.source]).toEqual([9, half.digest, 'model']);
  expect(model.problems[0]?.code).toBe('golden_mismatch');
  expect(await kedge.explain('scale')).toMatchObject({variant: 'fp16', serves: 'wasm'});
});
