import {KedgeError} from '@kedge/core';

/** The bundler's copy, so that no CDN is asked. Every browser that runs onnxruntime has SIMD; threads would be workers from `blob:`. */
const file = new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url);

interface Env {
  set(flag: string, value: boolean): void;
  platform: {fetch: (path: string) => Promise<Response>};
}

/**
 * Starts tfjs's WASM backend from bytes that are at hand.
 *
 * @param env tfjs's environment
 * @param start its backend's factory
 * @throws what its start failed of
 */
export async function startWasm<T>(
  env: Env,
  {setWasmPaths}: {setWasmPaths(prefix: string, usePlatformFetch: boolean): void},
  start: () => T | Promise<T>,
): Promise<T> {
  const bytes = await fetchWasm();
  env.set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths('', true);
  const {platform} = env;
  const before = platform.fetch;
  platform.fetch = async name => {
    if (name.endsWith('-simd.wasm')) return new Response(bytes);
    throw new Error('this browser has no WebAssembly SIMD');
  };
  try {
    return await orUnhandled(start());
  } finally {
    platform.fetch = before;
  }
}

async function fetchWasm(): Promise<ArrayBuffer> {
  const response = await fetch(file);
  const bytes = await response.arrayBuffer();
  if (response.ok && new DataView(bytes).getUint32(0) === 0x00_61_73_6d) return bytes;
  throw new KedgeError(
    'runtime_unavailable',
    `${file.href}: expected tfjs-backend-wasm-simd.wasm as the build emits it, got ${bytes.byteLength} bytes of ${response.headers.get('content-type')} (status ${response.status})`,
  );
}

/** tfjs leaves a failed `WebAssembly.instantiate` unhandled, and would wait for ever. */
async function orUnhandled<T>(work: T | Promise<T>): Promise<T> {
  let stop = () => {};
  const unhandled = new Promise<never>((_, reject) => {
    const onUnhandled = (event: PromiseRejectionEvent) => reject(event.reason as Error);
    globalThis.addEventListener('unhandledrejection', onUnhandled);
    stop = () => globalThis.removeEventListener('unhandledrejection', onUnhandled);
  });
  try {
    return await Promise.race([work, unhandled]);
  } finally {
    stop();
  }
}
