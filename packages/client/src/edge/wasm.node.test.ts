import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {onnxModels} from '../../testing/contract/onnx.js';
import {onnxRuntime} from '../onnx/runtime.js';
import {runtimeContract} from '../runtime/contract.js';
import {ortFrom} from './wasm.js';

const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
let compiled: WebAssembly.Module;
beforeAll(async () => {
  compiled = await WebAssembly.compile(readFileSync(join(folder, 'ort-wasm-simd-threaded.wasm')));
});

describe('onnxruntime-web on wasm, from a module that was compiled before', () => {
  const {instantiate} = WebAssembly;

  runtimeContract({
    open: () => onnxRuntime(ortFrom(compiled)),
    provider: 'wasm',
    ...onnxModels('weights/s.bin'),
  });

  test('leaves WebAssembly as it was', () => expect(WebAssembly.instantiate).toBe(instantiate));
});
