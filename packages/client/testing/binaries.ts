import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import webgpuUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';

/** Of onnxruntime-web, by what they compute on. */
export interface Binaries {
  wasm: ArrayBuffer;
  /** Absent until `haveWebgpu`: few tests need it. */
  webgpu?: ArrayBuffer;
}

/** Exported only so that it stays: while a page has these bytes compiled, its workers need not compile them anew. */
export const compiled: WebAssembly.Module[] = [];

async function had(url: string): Promise<ArrayBuffer> {
  const bytes = await (await fetch(url)).arrayBuffer();
  compiled.push(await WebAssembly.compile(bytes));
  return bytes;
}

const binaries: Binaries = {wasm: await had(wasmUrl)};
let webgpu: Promise<void> | undefined;

/** Workers that are handed the binaries later get that of WebGPU as well. */
export async function haveWebgpu(): Promise<void> {
  webgpu ??= had(webgpuUrl).then(bytes => void (binaries.webgpu = bytes));
  await webgpu;
}

/**
 * Hands a new worker the runtime's binaries, for `ortGiven` in it: fetched anew by each worker of the tests, their 14 MB
 * took longer than all else in a start.
 */
export function handBinaries(worker: Worker): Worker {
  worker.postMessage(binaries);
  return worker;
}
