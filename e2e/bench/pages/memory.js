import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';

/** @type {import('@kedge/client').Kedge} */
let kedge;

/** @param {any} config */
async function open(config) {
  kedge = await createKedge({
    ...config,
    runtimes: [onnx({providers: ['wasm']})],
    unitId: 'bench',
    releaseWaitMs: 30_000,
  });
}

/** Loads a model, asks it once, and releases it, again and again. @param {{model: string, input: string, shape: number[], times: number}} plan */
async function loadAndRelease({model: name, input, shape, times}) {
  const data = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
  for (let i = 0; i < times; i++) {
    const model = await kedge.model(name);
    const {served} = await model.predict({[input]: {data, shape}});
    if (served.source !== 'model') throw new Error(`${name} was answered by ${served.source}: ${served.reason}`);
    await model.release();
  }
}

Object.assign(globalThis, {openKedge: open, loadAndRelease});
