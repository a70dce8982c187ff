import {expect, test} from 'vitest';
import {onnx} from './index.js';

test('where no page is isolated there is one thread, whatever was asked for', () => {
  expect(onnx().providers).toEqual(['wasm', 'webgpu']);
  expect(onnx({threads: 4}).providers).toEqual(['wasm', 'webgpu']);
});
