import {describe} from 'vitest';
import {onnxModels} from '../../testing/contract/onnx.js';
import {runtimeContract} from '../runtime/contract.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';

const contract = (provider: ExecutionProvider, location?: string) =>
  runtimeContract({
    open: () => onnxRuntime(ortWeb),
    provider,
    ...onnxModels(location),
  });

describe('onnxruntime-web on wasm, a model in one file', () => contract('wasm'));
describe('onnxruntime-web on webgpu, a model in one file', () => contract('webgpu'));
describe('onnxruntime-web on wasm, a model with external data', () => contract('wasm', './weights/s.bin'));
describe('onnxruntime-web on webgpu, a model with external data', () => contract('webgpu', './weights/s.bin'));
