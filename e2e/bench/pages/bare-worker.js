// What an engineer writes by hand: a worker, a session, a message for each run. Shared by both builds.

/** @param {typeof import('onnxruntime-web')} ort */
export function serveBare(ort) {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  /** @type {import('onnxruntime-web').InferenceSession} */
  let session;
  addEventListener('message', async ({data: {id, model, name, data, shape}}) => {
    if (model) {
      session = await ort.InferenceSession.create(model, {executionProviders: ['wasm']});
      postMessage({id});
      return;
    }
    const outputs = await session.run({[name]: new ort.Tensor('float32', data, shape)});
    const [output] = Object.values(outputs);
    postMessage({id, data: output?.data, shape: output?.dims});
  });
}
