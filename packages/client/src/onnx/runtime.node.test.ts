import * as ort from 'onnxruntime-node';
import {describe} from 'vitest';
import {onnxRuntimeContract} from '../runtime/contract.js';
import type {OrtModule} from './module.js';
import {onnxRuntime} from './runtime.js';

const ortNode = {
  providers: () => Promise.resolve(['cpu' as const]),
  module: () => Promise.resolve(ort as unknown as OrtModule),
};

describe('onnxruntime-node on cpu', () => onnxRuntimeContract(() => onnxRuntime(ortNode), 'cpu'));
