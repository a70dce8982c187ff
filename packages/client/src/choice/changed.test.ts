import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {haveWebgpu} from '../../testing/binaries.js';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {forgetFlights} from '../../testing/flights.js';
import {hardwareGpu} from '../../testing/hardware-gpu.js';
import {TestRegistry} from '../../testing/registry.js';
import {kept, storedChoice} from '../../testing/stored-choice.js';
import {device, measured} from '../../testing/two-providers.js';
import type {Kedge} from '../api.js';
import type {ExecutionProvider} from '../runtime/runtime.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
});

/** Once what was measured at `before` was measured anew. */
async function measuredAgain(kedge: Kedge, before: number | null) {
  const at = async () => (await kedge.explain('scale')).measuredAt;
  await expect.poll(at, {timeout: 30_000}).not.toBe(before);
  return kedge.explain('scale');
}

/** Whether nothing is measured in a visit. */
async function staysAt(kedge: Kedge, before: number | null) {
  await new Promise(resolve => setTimeout(resolve, 3000));
  expect((await kedge.explain('scale')).measuredAt).toBe(before);
}

describe('WebGPU was the fastest, and the GPU is another one now', () => {
  /** @param providers as the app lists them */
  async function away(providers?: ExecutionProvider[]) {
    const gpu = await hardwareGpu();
    const {open, says} = await device({'run wasm': 'slow 100'}, providers);
    const kedge = await open({});
    await kedge.model('scale');
    const first = await measured(kedge);
    expect(first.serves).toBe('webgpu');
    await storedChoice();
    await kedge.close();
    gpu.mockRestore();
    await says({'run wasm': null, 'run webgpu': 'slow 900'});
    return {open, first};
  }

  test('it does not serve first, and the measuring is done anew', async () => {
    const {open, first} = await away();
    const next = await open({});
    expect((await next.model('scale')).served.executionProvider).toBe('wasm');
    expect(await measuredAgain(next, first.measuredAt)).toMatchObject({serves: 'wasm'});
  });

  test('where the app lists it first, WASM takes over from it, and serves at the next visit', async () => {
    const {open, first} = await away(['webgpu', 'wasm']);
    const second = await open({});
    await second.model('scale');
    const found = await measuredAgain(second, first.measuredAt);
    expect(found.serves).toBe('wasm');
    await kept(found.measuredAt);
    await second.close();
    expect((await (await open({})).model('scale')).served.executionProvider).toBe('wasm');
  });

  test('a start on WASM asks for no GPU', async () => {
    const {open} = await device();
    const kedge = await open({});
    await kedge.model('scale');
    await measured(kedge);
    await storedChoice();
    await kedge.close();
    const asked = vi.spyOn(navigator.gpu, 'requestAdapter');
    await (await open({budgetMs: 0})).model('scale');
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('a trial that fails in passing', () => {
  test.each(['poison', 'memory', 'crash'])('(%s) is made again at the next visit', async kind => {
    await hardwareGpu();
    const {open, says} = await device({'run wasm': 'slow 100', 'load webgpu': kind});
    const kedge = await open({});
    await kedge.model('scale');
    const first = await measured(kedge);
    expect([first.serves, first.candidates[1]!.golden]).toEqual(['wasm', 'not_run']);
    await storedChoice();
    await kedge.close();
    await says({'load webgpu': null});
    const next = await open({});
    await next.model('scale');
    expect(await measuredAgain(next, first.measuredAt)).toMatchObject({serves: 'webgpu'});
    await expect.poll(async () => (await storedChoice()).value.tries).toBeUndefined();
  });

  test('is made in four visits at most, the third a day after the second', async () => {
    await hardwareGpu();
    const {open} = await device({'run wasm': 'slow 20', 'load webgpu': 'poison'});
    const visit = async (then: (kedge: Kedge) => Promise<unknown>) => {
      const kedge = await open({});
      await kedge.model('scale');
      await then(kedge);
      await kedge.close();
    };
    let before: number | null = null;
    const measures = async (kedge: Kedge) => {
      before = (await measuredAgain(kedge, before)).measuredAt;
      await kept(before);
    };
    const doesNot = (kedge: Kedge) => staysAt(kedge, before);
    const aDayPasses = async () => {
      before = (await storedChoice(({value}) => (value.at -= 25 * 3_600_000))).value.at;
    };
    await visit(measures);
    await visit(measures);
    await visit(doesNot);
    await aDayPasses();
    await visit(measures);
    await aDayPasses();
    await visit(doesNot);
    await aDayPasses();
    await visit(measures);
    for (let day = 0; day < 9; day++) await aDayPasses();
    await visit(doesNot);
  }, 120_000);
});

test('a provider that is wrong is not tried again', async () => {
  await hardwareGpu();
  const {open} = await device({'run wasm': 'slow 20', 'run webgpu': 'double'});
  const kedge = await open({});
  await kedge.model('scale');
  const {measuredAt, candidates} = await measured(kedge);
  expect(candidates[1]!.golden).toBe('failed');
  await storedChoice();
  await kedge.close();
  const next = await open({});
  await next.model('scale');
  await staysAt(next, measuredAt);
});

describe('the providers are others than at the last visit', () => {
  async function visits() {
    await hardwareGpu();
    await haveWebgpu();
    const registry = await TestRegistry.create();
    await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
    return async (providers: ExecutionProvider[], before: number | null | undefined = null) => {
      const {runtime} = faultyRuntime({'run wasm': 'slow 100', 'run cpu': 'slow 100'}, providers);
      const kedge = await client(registry, {runtimes: [runtime], pollSeconds: 0});
      await kedge.model('scale');
      const found = before === undefined ? await kedge.explain('scale') : await measuredAgain(kedge, before);
      await storedChoice();
      return {found, kedge};
    };
  }

  test('one that the app adds is measured', async () => {
    const visit = await visits();
    const {found, kedge} = await visit(['wasm', 'cpu']);
    expect(found.serves).toBe('wasm');
    await kedge.close();
    expect((await visit(['wasm', 'webgpu'], found.measuredAt)).found.serves).toBe('webgpu');
  });

  test('one that is gone, and was not the fastest, changes nothing', async () => {
    const visit = await visits();
    const {found, kedge} = await visit(['wasm', 'webgpu', 'cpu']);
    expect(found.serves).toBe('webgpu');
    await kedge.close();
    const next = await visit(['wasm', 'webgpu'], undefined);
    await staysAt(next.kedge, found.measuredAt);
  });
});

test('a GPU without a name is one: WebGPU that came without a choice for it is measured', async () => {
  const none = vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
  const {open} = await device({'run wasm': 'slow 100'});
  const kedge = await open({});
  await kedge.model('scale');
  const first = await measured(kedge);
  expect([first.serves, first.device.gpu]).toEqual(['wasm', null]);
  await storedChoice();
  await kedge.close();
  none.mockRestore();
  await hardwareGpu('');
  const next = await open({});
  await next.model('scale');
  expect(await measuredAgain(next, first.measuredAt)).toMatchObject({serves: 'webgpu', device: {gpu: {name: ''}}});
});
