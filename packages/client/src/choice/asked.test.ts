import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {forgetFlights} from '../../testing/flights.js';
import {kept} from '../../testing/stored-choice.js';
import {told} from '../../testing/told.js';
import {device, measured} from '../../testing/two-providers.js';
import type {Kedge, Model} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const x = {x: Float32Array.of(3)};
const someMs = expect.any(Number) as number;

/** Nothing is measured but what is asked for. */
const onlyAsked = {budgetMs: 0};

describe('explain with `measure`', () => {
  test('tests and times each provider that can run here, however fast what serves is, and says which it is at', async () => {
    const {open, workers} = await device();
    const kedge = await open({});
    await kedge.model('scale');
    expect((await measured(kedge)).candidates[1]).toMatchObject({golden: 'not_run', medianMs: null});
    const tried: string[] = [];
    const onProvider = (provider: string) => void tried.push(provider);
    const {candidates, why} = await kedge.explain('scale', {measure: true, onProvider});
    expect(candidates).toMatchObject([
      {provider: 'wasm', golden: 'passed', medianMs: someMs, why: null},
      {provider: 'webgpu', golden: 'passed', medianMs: someMs, why: expect.stringMatching(/times as long/) as string},
    ]);
    expect([why, tried]).toEqual(['the fastest that gives the golden outputs', ['wasm', 'webgpu']]);
    expect(workers).toHaveLength(2);
    expect((await kedge.explain('scale')).candidates).toEqual(candidates);
  });

  test.each([Infinity, 2.5e9])('takes the time that it needs with a budget of %d', async budgetMs => {
    const kedge = await (await device()).open(onlyAsked);
    await kedge.model('scale');
    const {candidates} = await kedge.explain('scale', {measure: true, budgetMs});
    expect(candidates.map(({medianMs}) => medianMs)).toEqual([someMs, someMs]);
  });

  test('finds a provider that is wrong, by how much, and does not use it', async () => {
    const {open, registry} = await device({'run webgpu': 'double', 'run wasm': 'slow'});
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const {serves, why, candidates} = await kedge.explain('scale', {measure: true});
    expect([serves, why]).toEqual(['wasm', 'no other is right']);
    expect(candidates[1]).toMatchObject({golden: 'failed', medianMs: null});
    expect(candidates[1]!.why).toContain('y[0]: expected 2, got 4');
    expect(await told(kedge, registry)).toContainEqual(expect.objectContaining({code: 'golden_mismatch'}));
  });

  test('finds a provider that is faster, which then serves, at the next visit too', async () => {
    const {open} = await device({'run wasm': 'slow'});
    const kedge = await open(onlyAsked);
    const model = await kedge.model('scale');
    const {serves, measuredAt} = await kedge.explain('scale', {measure: true});
    expect(serves).toBe('webgpu');
    expect((await model.predict(x)).served.executionProvider).toBe('webgpu');
    await kept(measuredAt);
    await kedge.close();
    const next = await open(onlyAsked);
    expect((await (await next.model('scale')).predict(x)).served.executionProvider).toBe('webgpu');
  });

  describe('where two have taken over, one after the other', () => {
    async function twice() {
      const {open, says} = await device({'run wasm': 'slow'});
      const kedge = await open(onlyAsked);
      const model = await kedge.model('scale');
      expect(await kedge.explain('scale', {measure: true})).toMatchObject({serves: 'webgpu'});
      await says({'run wasm': null, 'run webgpu': 'slow'});
      expect(await kedge.explain('scale', {measure: true})).toMatchObject({serves: 'wasm'});
      await says({'run webgpu': null});
      return {kedge, model, says};
    }
    const answers = async (model: Model) => {
      const {outputs, served} = await model.predict(x);
      expect([...outputs.y!.data]).toEqual([6]);
      return served;
    };

    test('a call that loses its worker twice has the baseline, and the next is right', async () => {
      const {model, says} = await twice();
      expect((await answers(model)).executionProvider).toBe('wasm');
      await says({'run wasm': 'crash'});
      expect((await model.predict(x)).served.source).toBe('baseline');
      await says({'run wasm': null});
      expect(await answers(model)).toMatchObject({source: 'model', executionProvider: 'wasm'});
    });

    test('a call that is aborted with its worker leaves the next one right', async () => {
      const {model} = await twice();
      const aborted = new AbortController();
      const call = model.predict(x, {signal: aborted.signal, terminate: true});
      aborted.abort('enough');
      await expect(call).rejects.toBe('enough');
      expect((await answers(model)).source).toBe('model');
    });

    test('a model that is opened anew answers', async () => {
      const {kedge, model} = await twice();
      await model.release();
      // By then the sessions before it are released.
      await new Promise(resolve => setTimeout(resolve, 11_000));
      expect((await answers(await kedge.model('scale'))).source).toBe('model');
    });
  });

  test('leaves what serves serving: runs are answered meanwhile, and rightly', async () => {
    const {open} = await device({'run webgpu': 'slow 200'});
    const kedge = await open(onlyAsked);
    const model = await kedge.model('scale');
    let done = false;
    const measuring = kedge.explain('scale', {measure: true}).finally(() => (done = true));
    let runs = 0;
    for (; !done; runs++) {
      const {outputs, served, latencyMs} = await model.predict(x);
      expect([outputs.y!.data[0], served.executionProvider, served.source]).toEqual([6, 'wasm', 'model']);
      expect(latencyMs).toBeLessThan(3000);
    }
    expect((await measuring).candidates[1]!.medianMs).toBeGreaterThan(200);
    expect(runs).toBeGreaterThan(10);
  });

  test('of a model that nobody opened measures nothing, and says so', async () => {
    const {open} = await device();
    const kedge = await open(onlyAsked);
    expect(await kedge.explain('scale', {measure: true})).toMatchObject({serves: null, candidates: []});
  });

  test.each([0, -1, Number.NaN])('with a budget of %d is misuse', async budgetMs => {
    const {open} = await device();
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    await expect(kedge.explain('scale', {measure: true, budgetMs})).rejects.toBeInstanceOf(TypeError);
  });
});

describe('its signal ends it within 100 ms, what serves goes on, and nothing is kept', () => {
  /** @param at whose turn it is when it is aborted */
  async function stopped(kedge: Kedge, at: string): Promise<void> {
    const stop = new AbortController();
    let began = 0;
    const onProvider = (provider: string) => {
      if (provider !== at) return;
      const abort = () => {
        began = performance.now();
        stop.abort(new Error('enough'));
      };
      setTimeout(abort, 300);
    };
    await expect(kedge.explain('scale', {measure: true, signal: stop.signal, onProvider})).rejects.toThrow('enough');
    expect(performance.now() - began).toBeLessThan(100);
  }

  test('in a trial, whose worker ends', async () => {
    const {open, workers} = await device({'run webgpu': 'slow 3000'});
    const kedge = await open(onlyAsked);
    const model = await kedge.model('scale');
    const ended = vi.spyOn(Worker.prototype, 'terminate');
    await stopped(kedge, 'webgpu');
    expect(ended.mock.contexts).toEqual([workers[1]]);
    expect((await model.predict(x)).outputs.y!.data[0]).toBe(6);
    expect(workers).toHaveLength(2);
    expect((await kedge.explain('scale')).measuredAt).toBeNull();
  });

  test('in a run of what serves, and while another measurement is under way', async () => {
    const {open, workers, says} = await device({'run wasm': 'slow 600'});
    const kedge = await open(onlyAsked);
    const model = await kedge.model('scale');
    await stopped(kedge, 'wasm');
    const stop = new AbortController();
    const waiting = kedge.explain('scale', {measure: true, signal: stop.signal});
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await says({'run wasm': null});
    expect((await model.predict(x)).outputs.y!.data[0]).toBe(6);
    expect((await kedge.explain('scale')).measuredAt).toBeNull();
    expect(workers).toHaveLength(1);
    // The turn is free again.
    expect((await kedge.explain('scale', {measure: true})).candidates[1]!.medianMs).not.toBeNull();
  });

  test('before it begins', async () => {
    const {open, workers} = await device();
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(kedge.explain('scale', {measure: true, signal})).rejects.toThrow('enough');
    expect(workers).toHaveLength(1);
  });
});

describe('its budget', () => {
  test('ends a trial that takes longer: it is right and not timed, and its worker ends', async () => {
    const {open, workers} = await device({'run webgpu': 'slow 2000'});
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const ended = vi.spyOn(Worker.prototype, 'terminate');
    const began = performance.now();
    const {serves, candidates} = await kedge.explain('scale', {measure: true, budgetMs: 6000});
    expect(performance.now() - began).toBeLessThan(8000);
    expect(serves).toBe('wasm');
    expect(candidates[1]).toMatchObject({
      golden: 'passed',
      medianMs: null,
      why: expect.stringMatching(/longer/) as string,
    });
    expect(ended.mock.contexts).toContain(workers[1]);
  });

  test('is enough for one that is slow: it has fewer runs', async () => {
    const {open} = await device({'run webgpu': 'slow 700'});
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const {candidates} = await kedge.explain('scale', {measure: true, budgetMs: 9000});
    expect(candidates[1]!.medianMs).toBeGreaterThan(700);
    expect(candidates[1]!.runs).toBeLessThan(10);
  });

  test('ends the wait for what serves too', async () => {
    const {open} = await device({'run wasm': 'slow 1000'});
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const began = performance.now();
    const {serves, candidates} = await kedge.explain('scale', {measure: true, budgetMs: 500});
    expect(performance.now() - began).toBeLessThan(1500);
    expect([serves, candidates[0]!.medianMs, candidates[0]!.why]).toEqual(['wasm', null, null]);
  });

  test('where it was too short does not keep the next visit from measuring', async () => {
    const {open} = await device();
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const {candidates} = await kedge.explain('scale', {measure: true, budgetMs: 1000});
    expect(candidates).toMatchObject([
      {medianMs: someMs},
      {golden: 'not_run', why: expect.stringMatching(/5000 ms/) as string},
    ]);
    await kedge.close();
    const next = await open();
    await next.model('scale');
    expect((await measured(next)).candidates[1]!.medianMs).not.toBeNull();
  });

  test('where it was too short undoes nothing that was measured before', async () => {
    const {open, says} = await device({'run wasm': 'slow'});
    const kedge = await open(onlyAsked);
    await kedge.model('scale');
    const before = await kedge.explain('scale', {measure: true});
    await says({'run webgpu': 'slow'});
    const {serves, candidates} = await kedge.explain('scale', {measure: true, budgetMs: 1});
    expect([serves, candidates]).toEqual(['webgpu', before.candidates]);
    await kedge.close();
    const next = await open(onlyAsked);
    const {served} = await next.model('scale');
    expect(served.executionProvider).toBe('webgpu');
    expect((await next.explain('scale')).candidates).toEqual(before.candidates);
  });
});
