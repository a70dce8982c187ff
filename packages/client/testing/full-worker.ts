// A device whose quota is spent: whatever is put among the chunks is refused, as browsers refuse it.
import '../src/onnx/worker.js';

const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
  if (this.name === 'chunks') throw new DOMException('The quota is spent.', 'QuotaExceededError');
  return put.call(this, value, key);
};
