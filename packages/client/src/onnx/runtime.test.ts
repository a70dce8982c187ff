import {describe} from 'vitest';
import {doubler} from '../../testing/doubler.js';
import {runtimeContract} from '../runtime/contract.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';

const contract = (provider: ExecutionProvider) =>
  runtimeContract({
    open: () => onnxRuntime(ortWeb),
    provider,
    format: 'onnx',
    entry: 'model.onnx',
    scaled: scale => new Map([['model.onnx', doubler(scale)]]),
  });

describe('onnxruntime-web on wasm', () => contract('wasm'));
describe('onnxruntime-web on webgpu', {timeout: 60_000}, () => contract('webgpu'));
