import {bareClient} from './bare-client.js';

const workers = {
  onnx: () => new Worker(new URL('./bare-release-worker.js', import.meta.url), {type: 'module'}),
  tfjs: () => new Worker(new URL('./bare-release-tfjs-worker.js', import.meta.url), {type: 'module'}),
};

/** @type {ReturnType<typeof bareClient> | undefined} */
let ask;

/** As memory.js, without the client. @param {{runtime: keyof typeof workers, url: string, weights: string, input: string, shape: number[], times: number}} plan */
async function loadAndRelease({runtime, url, weights, input, shape, times}) {
  ask ??= bareClient(workers[runtime]());
  const data = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
  for (let i = 0; i < times; i++) {
    const {error} = await ask({url, weights, input, data, shape});
    if (error) throw new Error(error);
  }
}

Object.assign(globalThis, {loadAndRelease});
