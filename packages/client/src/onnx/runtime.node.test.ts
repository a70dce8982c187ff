import * as ort from 'onnxruntime-node';
import {describe} from 'vitest';
import {doubler} from '../../testing/doubler.js';
import {runtimeContract} from '../runtime/contract.js';
import type {OrtModule} from './module.js';
import {onnxRuntime} from './runtime.js';

const ortNode = {
  providers: () => Promise.resolve(['cpu' as const]),
  module: () => Promise.resolve(ort as unknown as OrtModule),
};

describe('onnxruntime-node on cpu', () =>
  runtimeContract({
    open: () => onnxRuntime(ortNode),
    provider: 'cpu',
    format: 'onnx',
    entry: 'model.onnx',
    scaled: scale => new Map([['model.onnx', doubler(scale)]]),
  }));
