// An app whose own .wasm files can't be fetched: a runtime starts from the store, or not at all.
import '../src/onnx/worker.js';

const fetch = self.fetch.bind(self);
self.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  return url.includes('.wasm') ? Promise.reject(new TypeError(`${url} is blocked`)) : fetch(input, init);
};

// onnxruntime asks in this way when the other fails.
const open = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: unknown[]) {
  if (String(args[1]).includes('.wasm')) throw new TypeError(`${String(args[1])} is blocked`);
  open.apply(this, args as Parameters<typeof open>);
};
