import {remembered} from '../runtime/remembered.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {gpuFile} from '../worker/later.js';
import type {TfjsCore, TfjsSource} from './module.js';
import {startWasm} from './wasm.js';

// Each part is fetched when it is needed: `@tensorflow/tfjs` in one piece is three times the size of core, layers and one backend.
const backends = {
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/** tfjs in the browser, put together from its packages. */
export const tfjsWeb: TfjsSource = {
  core: remembered(started),
  layers: () => import('@tensorflow/tfjs-layers') as Promise<never>,
  converter: () => import('@tensorflow/tfjs-converter') as Promise<never>,
};

async function started(provider: ExecutionProvider): Promise<TfjsCore> {
  const [core, backend] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    backends[provider as keyof typeof backends](),
  ]);
  core.enableProdMode();
  const factory = core.findBackendFactory(provider);
  if (!factory) throw new Error(`tfjs has no ${provider} backend here`);
  // Started here and not by setBackend, which only logs why a backend does not start.
  core.removeBackend(provider);
  const instance = await ('setWasmPaths' in backend ? startWasm(core.env(), backend, factory) : factory());
  const {device} = instance as {device?: unknown};
  if (device) (await gpuFile()).watchDevice(device, () => true);
  core.registerBackend(provider, () => instance);
  return core;
}
