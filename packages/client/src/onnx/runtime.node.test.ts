import * as ort from 'onnxruntime-node';
import {describe} from 'vitest';
import {scaledFiles} from '../../testing/doubler.js';
import {runtimeContract} from '../runtime/contract.js';
import type {OrtModule} from './module.js';
import {onnxRuntime} from './runtime.js';

const ortNode = {
  providers: () => Promise.resolve(['cpu' as const]),
  module: () => Promise.resolve(ort as unknown as OrtModule),
};

describe.each([
  ['in one file', undefined],
  ['with external data', 'weights/s.bin'],
])('onnxruntime-node on cpu, a model %s', (_, location) =>
  runtimeContract({
    open: () => onnxRuntime(ortNode),
    provider: 'cpu',
    format: 'onnx',
    entry: 'model.onnx',
    scaled: scale => scaledFiles(scale, location),
  }),
);
