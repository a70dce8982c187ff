import * as ort from 'onnxruntime-web/wasm';

// What an engineer writes by hand, for the same: the model's bytes, a session, one run, and the session is released.
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Fetched once: the browser keeps what is fetched for whoever drives it. @type {Promise<Blob> | undefined} */
let file;

addEventListener('message', async ({data: {id, url, input, data, shape}}) => {
  file ??= fetch(url).then(answer => answer.blob());
  const model = new Uint8Array(await (await file).arrayBuffer());
  const session = await ort.InferenceSession.create(model, {executionProviders: ['wasm']});
  const outputs = await session.run({[input]: new ort.Tensor('float32', data, shape)});
  await session.release();
  const [output] = Object.values(outputs);
  postMessage({id, data: output?.data, shape: output?.dims});
});
