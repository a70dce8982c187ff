// A device that lets nothing be written any more: what is put anywhere is refused, as browsers refuse it.
import '../src/onnx/worker.js';

IDBObjectStore.prototype.put = () => {
  throw new DOMException('The quota is spent.', 'QuotaExceededError');
};
