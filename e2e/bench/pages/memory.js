import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {tfjs} from '@kedge/client/tfjs';

/** @type {Promise<import('@kedge/client').Kedge> | undefined} */
let opened;

/** @param {any} config */
const open = config =>
  createKedge({
    ...config,
    runtimes: [onnx({providers: ['wasm']}), tfjs({providers: ['wasm']})],
    unitId: 'bench',
    releaseWaitMs: 30_000,
  });

/** Loads a model, asks it once, and releases it, again and again. @param {{config: any, model: string, input: string, shape: number[], times: number}} plan */
async function loadAndRelease({config, model: name, input, shape, times}) {
  const kedge = await (opened ??= open(config));
  const data = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1));
  for (let i = 0; i < times; i++) {
    const model = await kedge.model(name);
    const {served} = await model.predict({[input]: {data, shape}});
    if (served.source !== 'model') throw new Error(`${name} was answered by ${served.source}: ${served.reason}`);
    await model.release();
  }
}

Object.assign(globalThis, {loadAndRelease});
