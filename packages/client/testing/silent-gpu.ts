import {onnx} from '../src/onnx/index.js';
import type {ExecutionProvider} from '../src/runtime/runtime.js';

/** A runtime in whose workers those calls of WebGPU never answer that are named. */
export function silentGpu(providers: ExecutionProvider[] = ['webgpu', 'wasm']) {
  const name = `kedge-silent-${crypto.randomUUID()}`;
  const channel = new BroadcastChannel(name);
  let [silent, turn]: [string[], number] = [[], 0];
  let heard = () => {};
  channel.onmessage = ({data}: MessageEvent<'begun' | number>) => {
    if (data === 'begun') channel.postMessage({silent, turn});
    else if (data === turn) heard();
  };
  const workers: Worker[] = [];
  const createWorker = () => {
    workers.push(new Worker(new URL('./silent-gpu-worker.ts', import.meta.url), {type: 'module', name}));
    return workers.at(-1)!;
  };
  /** Resolves when a worker that is alive has heard it; before the first one is started at once. */
  const silence = async (...calls: string[]) => {
    silent = calls;
    const one = new Promise<void>(resolve => (heard = resolve));
    channel.postMessage({silent, turn: ++turn});
    if (workers.length > 0) await one;
  };
  return {workers, silence, runtime: onnx({createWorker, providers})};
}
