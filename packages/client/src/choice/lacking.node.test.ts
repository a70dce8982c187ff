import {features, isFeature} from '@kedge/core';
import {expect, test} from 'vitest';
import {lacking} from './lacking.js';
import type {DeviceFacts, GpuFacts} from './probe.js';

const MiB = 2 ** 20;
const gpu: GpuFacts = {
  name: 'a b',
  software: false,
  float16: true,
  maxBufferBytes: 256 * MiB,
  maxBindingBytes: 128 * MiB,
};
const best: DeviceFacts = {gpu, isolated: true, jspi: true, cores: 8, memoryGiB: 8};
const emulated = {...best, gpu: {...gpu, software: true, float16: false}};

test('a device that has all of it lacks nothing', () => {
  expect(lacking([...features, 'memory-8', 'binding-128'], best)).toEqual([]);
});

test.each<[string, DeviceFacts, string[]]>([
  ['no GPU', {...best, gpu: null}, ['webgpu', 'gpu', 'shader-f16', 'binding-128']],
  ['a GPU in software', emulated, ['gpu', 'shader-f16']],
  ['no isolation', {...best, isolated: false}, ['threads']],
  ['one core', {...best, cores: 1}, ['threads']],
  ['no JSPI', {...best, jspi: false}, ['jspi']],
  ['4 GiB', {...best, memoryGiB: 4}, ['memory-8']],
  ['memory of which nobody tells', {...best, memoryGiB: null}, []],
  ['small bindings', {...best, gpu: {...gpu, maxBindingBytes: 127 * MiB}}, ['binding-128']],
])('%s', (_, device, lacks) => {
  expect(lacking([...features, 'memory-8', 'binding-128'], device)).toEqual(lacks);
});

test.each(['shader-f64', 'memory-0', 'memory-', 'binding-1e3', 'toString', ''])(
  'what this client does not know (%s) no device has, and pack refuses it',
  feature => expect([lacking([feature], best), isFeature(feature)]).toEqual([[feature], false]),
);
