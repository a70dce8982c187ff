// A browser mode without IndexedDB (Firefox's private windows had none for years): everything else is real.
import '../src/onnx/worker.js';

Object.defineProperty(self, 'indexedDB', {value: undefined});
