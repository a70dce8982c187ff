// Answers each request with what the pinned version reads in a handwritten digit, and `/look` with what serves and is stored.
import {createKedge, onnx} from '@kedge/client/edge';
import wasm from './ort-wasm-simd-threaded.wasm';
import {digit} from '../digit.mjs';

/** Started by the first request: outside of one workerd lets nobody ask the network. */
let starting;

async function start({REGISTRY, KEY}) {
  const kedge = await createKedge({
    registry: REGISTRY,
    channel: 'prod',
    trustedKeys: [JSON.parse(KEY)],
    runtimes: [onnx({wasm})],
    unitId: 'example',
    // A timer would end with the request that started it.
    pollSeconds: 0,
  });
  return {kedge, digits: await kedge.model('digits')};
}

/** For whoever wonders what answers here, and what it holds. */
async function look({kedge}) {
  return {explain: await kedge.explain('digits'), storage: await kedge.storage()};
}

async function read({digits}) {
  const {outputs, served} = await digits.predict({image: digit.pixels});
  const {data} = outputs.scores;
  return {answer: data.indexOf(Math.max(...data)), expected: digit.label, ...served};
}

async function answer({url}, bindings, context) {
  starting ??= start(bindings);
  // Others wait for it: it must not end with a client that goes away.
  context.waitUntil(starting);
  const started = await starting;
  return new URL(url).pathname === '/look' ? look(started) : read(started);
}

const worker = {
  async fetch(request, bindings, context) {
    try {
      return Response.json(await answer(request, bindings, context));
    } catch (error) {
      starting = undefined;
      return Response.json({error: error.code ?? error.name, message: error.message}, {status: 500});
    }
  },
};
export {worker as default};
