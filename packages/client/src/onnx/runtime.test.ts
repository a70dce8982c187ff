import {describe} from 'vitest';
import {onnxRuntimeContract} from '../runtime/contract.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';

describe('onnxruntime-web on wasm', () => onnxRuntimeContract(() => onnxRuntime(ortWeb), 'wasm'));
describe('onnxruntime-web on webgpu', {timeout: 60_000}, () =>
  onnxRuntimeContract(() => onnxRuntime(ortWeb), 'webgpu'),
);
