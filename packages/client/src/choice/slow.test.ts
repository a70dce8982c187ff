import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {closeAll} from '../../testing/client.js';
import {forgetFlights} from '../../testing/flights.js';
import {hardwareGpu} from '../../testing/hardware-gpu.js';
import {device, measured} from '../../testing/two-providers.js';

beforeEach(forgetFlights);
afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
});

const timed = expect.any(Number) as number;

describe('what serves takes longer for a run than its share of the time: the others keep theirs', () => {
  test('WebGPU in software, where the app lists it first: WASM takes over', async () => {
    const {open} = await device({'run webgpu': 'slow 900'}, ['webgpu', 'wasm']);
    const kedge = await open({});
    const model = await kedge.model('scale');
    expect(model.served.executionProvider).toBe('webgpu');
    const {serves, candidates} = await measured(kedge);
    expect(serves).toBe('wasm');
    expect(candidates).toMatchObject([
      {provider: 'webgpu', golden: 'passed', medianMs: timed},
      {provider: 'wasm', golden: 'passed', medianMs: timed, why: null},
    ]);
  });

  test('a heavy model on WASM: a GPU in hardware takes over', async () => {
    await hardwareGpu();
    const {open} = await device({'run wasm': 'slow 900'});
    const kedge = await open({});
    await kedge.model('scale');
    const {serves, candidates} = await measured(kedge);
    expect([serves, candidates[0]!.runs]).toEqual(['webgpu', 1]);
    expect(candidates[1]).toMatchObject({golden: 'passed', medianMs: timed});
  });

  test('one that is tried and as slow leaves the next its share', async () => {
    const {open} = await device({'run wasm': 'slow 900', 'run webgpu': 'slow 900'}, ['wasm', 'webgpu']);
    await hardwareGpu();
    const kedge = await open({});
    await kedge.model('scale');
    expect((await measured(kedge)).candidates).toMatchObject([{medianMs: timed}, {medianMs: timed}]);
  });
});
