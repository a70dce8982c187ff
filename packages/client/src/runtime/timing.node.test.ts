import type {Manifest} from '@kedge/core';
import {expect, test} from 'vitest';
import {scaledFiles} from '../../testing/doubler.js';
import {ortNode, ortWasm} from '../node/ort.js';
import {onnxRuntime} from '../onnx/runtime.js';
import type {Tensor} from './runtime.js';
import {timed} from './timing.js';

const x: Tensor = {dtype: 'float32', shape: [1, 1], data: Float32Array.of(3)};

test.each([
  ['onnxruntime-node', ortNode, 'cpu' as const],
  ['onnxruntime-web', ortWasm, 'wasm' as const],
])('%s: the time of a run is its own, however many wait before it', async (_, source, provider) => {
  const manifest = {model: 'scale', version: '1.0.0', entry: 'model.onnx', outputs: [{name: 'y'}]} as Manifest;
  const session = await onnxRuntime(source).load(manifest, scaledFiles(2), provider);
  await timed(session, {x}, 500);
  const began = performance.now();
  const others = Array.from({length: 5000}, () => session.run({x}));
  const ms = await timed(session, {x}, 50);
  const waited = performance.now() - began;
  await Promise.all(others);
  expect(ms).toBeLessThan(waited / 5);
  await session.release();
});
