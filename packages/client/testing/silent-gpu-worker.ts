import '../src/onnx/worker.js';

/** Calls of WebGPU that never answer, as the page says, as where the GPU process hangs: the worker itself goes on. */
let silent: ReadonlySet<string> = new Set();

const page = new BroadcastChannel(self.name);
const told = new Promise<void>(resolve => {
  page.onmessage = ({data}: MessageEvent<{silent: string[]; turn: number} | 'begun' | number>) => {
    if (typeof data !== 'object') return;
    silent = new Set(data.silent);
    page.postMessage(data.turn);
    resolve();
  };
});
page.postMessage('begun');

function mute(prototype: object, method: string): void {
  const call = Reflect.get(prototype, method) as (...args: unknown[]) => Promise<unknown>;
  Reflect.set(prototype, method, async function (this: object, ...args: unknown[]) {
    await told;
    return silent.has(method) ? new Promise(() => {}) : call.apply(this, args);
  });
}

mute(GPU.prototype, 'requestAdapter');
mute(GPUAdapter.prototype, 'requestDevice');
mute(GPUBuffer.prototype, 'mapAsync');
