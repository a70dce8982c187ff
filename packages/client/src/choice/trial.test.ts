import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {forgetFlights, notedFlights, noteFlight} from '../../testing/flights.js';
import {kept} from '../../testing/stored-choice.js';
import {device, measured, type Says} from '../../testing/two-providers.js';
import type {Model} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const x = {x: Float32Array.of(3)};

describe('what serves goes in the middle of a trial', () => {
  /** The faster one is being tried; resolves when it was found to be that. */
  async function trial(then: (model: Model, says: Says) => Promise<unknown>) {
    const {open, workers, says} = await device({'run wasm': 'slow'});
    const kedge = await open();
    const model = await kedge.model('scale');
    await expect.poll(() => workers.length).toBe(2);
    const ended = vi.spyOn(workers[1]!, 'terminate');
    await then(model, says);
    const again = await kedge.model('scale');
    const {measuredAt} = await measured(kedge);
    expect(ended).toHaveBeenCalled();
    expect((await again.predict(x)).outputs.y!.data[0]).toBe(6);
    await kept(measuredAt);
    await kedge.close();
    expect((await (await (await open()).model('scale')).predict(x)).served.executionProvider).toBe('webgpu');
  }

  test('released: the faster session ends with it, and serves at the next visit', () =>
    trial(model => model.release()));

  test('with its worker: what was opened beside it ends, and serves at the next visit', () =>
    trial(async (model, says) => {
      await says({'run wasm': 'crash'});
      const lost = model.predict(x).catch(() => {});
      await says({'run wasm': 'slow'});
      await lost;
    }));
});

test('a client that is closed in the middle of a trial leaves no worker and no error behind', async () => {
  const {open, workers} = await device({'run wasm': 'slow'});
  const kedge = await open();
  await kedge.model('scale');
  await expect.poll(() => workers.length).toBe(2);
  const ended = workers.map(worker => vi.spyOn(worker, 'terminate'));
  await kedge.close();
  expect(ended.every(({mock}) => mock.calls.length > 0)).toBe(true);
});

test('a GPU that is asked for and does not answer is none, until it does', async () => {
  const {gpu} = navigator;
  let answer = (_: GPUAdapter | null) => {};
  const silence = new Promise<GPUAdapter | null>(resolve => (answer = resolve));
  const asked = vi.spyOn(gpu, 'requestAdapter').mockReturnValue(silence);
  const {open, workers} = await device({'run wasm': 'slow'});
  const kedge = await open();
  await kedge.model('scale');
  const {serves, candidates, device: facts} = await measured(kedge);
  expect([serves, facts.gpu, workers.length]).toEqual(['wasm', null, 1]);
  expect(candidates[1]).toMatchObject({provider: 'webgpu', golden: 'not_run', why: 'this browser gives no GPU'});
  asked.mockRestore();
  answer(await gpu.requestAdapter());
  expect((await kedge.explain('scale')).device.gpu).not.toBeNull();
});

describe('a tab that dies while a trial is timed', () => {
  /** What the page has noted of it by then. */
  const timing = async () => {
    const noted = () => notedFlights().map(name => JSON.parse(localStorage.getItem(name) ?? '{}') as Noted);
    const find = () => noted().find(({stage, provider}) => stage === 'first run' && provider === 'webgpu');
    await expect.poll(find, {timeout: 30_000}).toBeDefined();
    return find()!;
  };

  interface Noted {
    id: string;
    stage: string;
    provider: string;
    at: number;
  }

  test('is told at the next visit; after two of them that provider is tried no more', async () => {
    const {open} = await device({'run webgpu': 'slow 300'});
    for (let visit = 0; visit < 2; visit++) {
      const kedge = await open();
      await kedge.model('scale');
      const flight = await timing();
      await kedge.close();
      await expect.poll(notedFlights).toEqual([]);
      noteFlight(flight);
    }
    const kedge = await open();
    const {problems} = await kedge.model('scale');
    expect(problems.map(({message}) => message)).toEqual([
      expect.stringMatching(/died at its first run on webgpu/),
      expect.stringMatching(/crashed too often on webgpu/),
    ]);
    const {serves, candidates} = await measured(kedge);
    expect([serves, candidates[1]]).toMatchObject(['wasm', {provider: 'webgpu', medianMs: null}]);
    expect(notedFlights()).toEqual([]);
  });
});
