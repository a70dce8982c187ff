import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {asked, baseline, faulty} from '../../testing/faulty-model.js';
import {forgetFlights} from '../../testing/flights.js';
import type {ServedModel} from '../model.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

const right = {source: 'model', provider: 'wasm'};

describe('a version whose worker does not come back', () => {
  const gone = async (kind: string) => {
    const device = await faulty({}, undefined, {hangSeconds: 2});
    const model = await device.model();
    await asked(model, 1);
    await device.says({'run wasm': 'crash', 'load wasm': kind});
    expect(await asked(model, 1)).toMatchObject({y: -1, source: 'baseline'});
    return {...device, model};
  };

  test('is answered for at once, until it does', async () => {
    const {model, says, workers} = await gone('poison');
    const began = performance.now();
    for (let i = 0; i < 100; i++) expect(await asked(model, i)).toMatchObject({y: -1, source: 'baseline'});
    expect((performance.now() - began) / 100).toBeLessThan(1);
    await pause(3000);
    // The first one, two of its restart, and as many of each try after one second and two more.
    expect(workers.length).toBeLessThanOrEqual(7);
    await says({'run wasm': null, 'load wasm': null});
    await expect.poll(() => asked(model, 4), {timeout: 30_000}).toMatchObject({...right, y: 8});
  });

  test('is left alone once it has crashed too often', async () => {
    const {model, workers} = await gone('crash');
    await pause(3000);
    const {length} = workers;
    await pause(5000);
    expect(workers).toHaveLength(length);
    expect(await asked(model, 1)).toMatchObject({y: -1, source: 'baseline'});
  });
});

describe('a version that is too late', () => {
  test('leaves calls with a deadline to the version before, until a trial is met', async () => {
    const {open, says, registry} = await faulty({}, ['wasm'], {choice: {budgetMs: 0}});
    const first = await registry.publish('1.0.0', 2);
    const kedge = await open();
    await kedge.model('scale');
    await registry.putRelease(registry.release([await registry.publish('2.0.0', 3), first], {version: 2}));
    await kedge.refresh();
    const model = await kedge.model('scale', {baseline});
    await asked(model, 1);
    await says({'run wasm': 'slow 200'});
    for (let i = 0; i < 5; i++) {
      await pause(200);
      expect(await asked(model, i, {deadlineMs: 50})).toMatchObject({y: -1, reason: 'deadline_exceeded'});
    }
    const {breaker} = model as ServedModel;
    await expect.poll(() => breaker?.previous, {interval: 10}).toBeDefined();
    const before = {y: 4, source: 'previous', reason: 'deadline_exceeded'};
    expect(await asked(model, 2, {deadlineMs: 500})).toMatchObject(before);
    expect(await asked(model, 2)).toMatchObject({...right, y: 6});
    await says({'run wasm': null});
    await expect.poll(() => asked(model, 2, {deadlineMs: 500})).toMatchObject({...right, y: 6});
    expect(await asked(model, 2, {deadlineMs: 500})).toMatchObject({...right, y: 6});
  });
});

describe('a GPU that is given up for NaN', () => {
  test('leaves the next provider three failures of its own, before the version before is asked', async () => {
    const {open, says, registry} = await faulty({}, ['webgpu', 'wasm'], {choice: {budgetMs: 0}});
    const first = await registry.publish('1.0.0', 2);
    const kedge = await open();
    await kedge.model('scale');
    const untested = await registry.publish('2.0.0', 3, {change: {golden: []}});
    await registry.putRelease(registry.release([untested, first], {version: 2}));
    await kedge.refresh();
    const model = await kedge.model('scale', {baseline});
    await says({'run webgpu': 'nan', 'run wasm': 'nan'});
    for (let i = 0; i < 4; i++) expect(await asked(model, i)).toMatchObject({y: -1, reason: 'output_invalid'});
    expect(model.served).toMatchObject({source: 'model', version: '2.0.0', executionProvider: 'wasm'});
    await says({'run wasm': null});
    expect(await asked(model, 4)).toMatchObject({...right, y: 12});
  });

  test('serves on where the next provider is wrong; the version is no failed one, and serves others', async () => {
    const {open, says} = await faulty({'run wasm': 'double'}, ['webgpu', 'wasm'], {choice: {budgetMs: 0}});
    const kedge = await open();
    const model = await kedge.model('scale', {baseline});
    await says({'run webgpu': 'nan'});
    for (let i = 0; i < 4; i++) expect(await asked(model, i)).toMatchObject({y: -1, reason: 'output_invalid'});
    await says({'run webgpu': null});
    const onGpu = {y: 10, source: 'model', provider: 'webgpu'};
    expect(await asked(model, 5)).toMatchObject(onGpu);
    expect(await asked(await kedge.model('scale', {baseline}), 5)).toMatchObject(onGpu);
    expect((await kedge.storage()).versions).toMatchObject([{version: '1.0.0', state: 'active'}]);
  });
});
