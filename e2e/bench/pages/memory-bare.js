import {bareClient} from './bare-client.js';

const worker = new Worker(new URL('./bare-release-worker.js', import.meta.url), {type: 'module'});
const ask = bareClient(worker);

/** As memory.js, without the client. @param {{url: string, input: string, shape: number[], times: number}} plan */
async function loadAndRelease({url, input, shape, times}) {
  const data = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
  for (let i = 0; i < times; i++) await ask({url, input, data, shape});
}

Object.assign(globalThis, {loadAndRelease});
