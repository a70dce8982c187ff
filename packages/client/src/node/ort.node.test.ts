import {describe} from 'vitest';
import {onnxModels} from '../../testing/contract/onnx.js';
import {onnxRuntime} from '../onnx/runtime.js';
import {runtimeContract} from '../runtime/contract.js';
import {ortNode, ortWasm} from './ort.js';

describe.each([
  ['onnxruntime-node on cpu', ortNode, 'cpu' as const],
  ['onnxruntime-web on wasm', ortWasm, 'wasm' as const],
])('%s', (_, source, provider) =>
  describe.each([
    ['in one file', undefined],
    ['with external data', 'weights/s.bin'],
  ])('a model %s', (_, location) =>
    runtimeContract({
      open: () => onnxRuntime(source),
      provider,
      ...onnxModels(location),
    }),
  ),
);
