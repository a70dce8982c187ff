import type {Candidate, Explanation} from '@kedge/client';
import {expect, it} from 'vitest';
import {resultOf, wordsForReason} from './provider-table.js';
import {wordsForDevice, wordsForMeasuring} from './providers.js';

const device = {gpu: null, isolated: true, jspi: true, cores: 8, memoryGiB: 8};
const gpu = {name: 'google swiftshader', software: true, float16: false, maxBufferBytes: 1, maxBindingBytes: 1};

it('says what of the device decides', () => {
  expect(wordsForDevice(device)).toBe('No GPU for WebGPU; 8 cores.');
  expect(wordsForDevice({...device, gpu, isolated: false})).toBe(
    'GPU: google swiftshader, computed in software; 8 cores, one of them used, as the page is not isolated.',
  );
});

it.each<[string, Candidate['golden'], Explanation['device'], string | undefined]>([
  ['what can run here and was not tried', 'not_run', {...device, gpu}, 'Measure the others'],
  ['all of it once more', 'failed', {...device, gpu}, 'Measure again'],
  ['nothing where only one can run', 'not_run', device, undefined],
])('offers to measure %s', (_, golden, device, words) => {
  const candidate = (provider: Candidate['provider'], golden: Candidate['golden']) => {
    return {provider, golden, medianMs: null, runs: 0, why: null};
  };
  const candidates = [candidate('wasm', 'passed'), candidate('webgpu', golden)];
  const version = {model: 'm', version: '1', variant: null, digest: 'd', serves: null, why: '', measuredAt: 1};
  expect(wordsForMeasuring([{...version, spare: null, device, candidates}])).toBe(words);
});

it.each<[Candidate['golden'], string | null, string]>([
  ['passed', null, 'right, used'],
  ['passed', 'takes 100 times as long', 'right, not used'],
  ['failed', 'y[0]: expected 2, got 4', 'wrong numbers, not used'],
  ['not_run', 'what serves is fast enough', 'not tried'],
  ['none', null, 'untested, used'],
])('says of numbers that are %s (%s): %s', (golden, why, words) => {
  expect(resultOf({golden, why})).toBe(words);
});

it.each([
  ['takes 239 times as long', 'Takes 239 times as long.'],
  [
    'voice-activity 5.0.0 on webgpu: golden example 0, output[0]: expected 0.04075220227241516, got 0.06035624071955681; this execution provider is not used',
    'Golden example 0, output[0]: expected 0.0408, got 0.0604.',
  ],
])('says why one is not used: %s', (why, words) => {
  expect(wordsForReason(why)).toBe(words);
});
