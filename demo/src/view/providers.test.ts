import {expect, it} from 'vitest';
import {wordsForDevice} from './providers.js';

it('says what of the device decides', () => {
  const device = {gpu: null, isolated: true, jspi: true, cores: 8, memoryGiB: 8};
  expect(wordsForDevice(device)).toBe('No GPU for WebGPU; 8 cores.');
  const gpu = {name: 'google swiftshader', software: true, float16: false, maxBufferBytes: 1, maxBindingBytes: 1};
  expect(wordsForDevice({...device, gpu, isolated: false})).toBe(
    'GPU: google swiftshader, computed in software; 8 cores, one of them used, as the page is not isolated.',
  );
});
