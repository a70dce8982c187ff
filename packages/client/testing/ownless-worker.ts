// An app whose own .wasm files can't be fetched: a runtime starts from the store, or not at all.
import '../src/onnx/worker.js';

const fetch = self.fetch.bind(self);
self.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  return url.includes('.wasm') ? Promise.reject(new TypeError(`${url} is blocked`)) : fetch(input, init);
};
