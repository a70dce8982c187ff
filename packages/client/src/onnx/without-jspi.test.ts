import {describe, expect} from 'vitest';
import {onnxModels} from '../../testing/contract/onnx.js';
import {runtimeContract} from '../runtime/contract.js';
import type {Runtime} from '../runtime/runtime.js';
import {onnxRuntime} from './runtime.js';

// As browsers are that have WebGPU and can't suspend WebAssembly. Before the file that asks is loaded.
const wasm = WebAssembly as {Suspending?: unknown; promising?: unknown};
delete wasm.Suspending;
delete wasm.promising;
const {ortWeb} = await import('./web.js');

const builds = () => {
  const names = performance.getEntriesByType('resource').map(({name}) => name);
  return ['jspi', 'asyncify'].filter(build => names.some(name => name.includes(`simd-threaded.${build}.wasm`)));
};

/** On the build that needs no suspending, and on no other. */
function unsuspended(): Runtime {
  const runtime = onnxRuntime(ortWeb);
  const load: Runtime['load'] = async (...args) => {
    const session = await runtime.load(...args);
    expect(builds()).toEqual(['asyncify']);
    return session;
  };
  return {...runtime, load};
}

describe('onnxruntime-web on webgpu without JSPI, a model in one file', () =>
  runtimeContract({
    open: unsuspended,
    provider: 'webgpu',
    ...onnxModels(),
  }));
