import {expect, it} from 'vitest';
import {canMeasureMore, wordsForDevice} from './providers.js';

it('says what of the device decides', () => {
  const device = {gpu: null, isolated: true, jspi: true, cores: 8, memoryGiB: 8};
  expect(wordsForDevice(device)).toBe('No GPU for WebGPU; 8 cores.');
  const gpu = {name: 'google swiftshader', software: true, float16: false, maxBufferBytes: 1, maxBindingBytes: 1};
  expect(wordsForDevice({...device, gpu, isolated: false})).toBe(
    'GPU: google swiftshader, computed in software; 8 cores, one of them used, as the page is not isolated.',
  );
});

it('offers to measure what can run here and was not tried', () => {
  const device = {gpu: null, isolated: true, jspi: true, cores: 8, memoryGiB: 8};
  const gpu = {name: 'one', software: false, float16: false, maxBufferBytes: 1, maxBindingBytes: 1};
  const candidate = (provider: 'wasm' | 'webgpu', golden: 'passed' | 'failed' | 'not_run') => {
    return {provider, golden, medianMs: null, runs: 0, why: null};
  };
  const explanation = {model: 'm', version: '1', variant: null, digest: 'd', serves: null, why: '', measuredAt: 1};
  const more = (golden: 'failed' | 'not_run', withGpu: boolean) =>
    canMeasureMore({
      ...{...explanation, spare: null, device: {...device, gpu: withGpu ? gpu : null}},
      candidates: [candidate('wasm', 'passed'), candidate('webgpu', golden)],
    });
  expect([more('not_run', true), more('not_run', false), more('failed', true)]).toEqual([true, false, false]);
});
