import * as ort from 'onnxruntime-web/wasm';
import {describe, expect} from 'vitest';
import {onnxModels} from '../../testing/contract/onnx.js';
import {runtimeContract} from '../runtime/contract.js';
import type {Runtime} from '../runtime/runtime.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';

/** Where threads can't be had, onnxruntime takes one and goes on. */
function threaded(): Runtime {
  const runtime = onnxRuntime(ortWeb);
  const load: Runtime['load'] = async (...args) => {
    const session = await runtime.load(...args);
    expect([crossOriginIsolated, ort.env.wasm.numThreads]).toEqual([true, 2]);
    return session;
  };
  return {...runtime, load};
}

const contract = (location?: string) =>
  runtimeContract({
    open: threaded,
    provider: 'wasm:2',
    ...onnxModels(location),
  });

describe('onnxruntime-web on wasm with two threads, a model in one file', () => contract());
describe('onnxruntime-web on wasm with two threads, a model with external data', () => contract('./weights/s.bin'));
