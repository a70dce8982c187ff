// The worker of apps, which says how large its WASM memory is.
import '../src/onnx/worker.js';

const memories: WebAssembly.Memory[] = [];
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
};

const page = new BroadcastChannel(self.name);
page.onmessage = () => page.postMessage(memories.reduce((sum, {buffer}) => sum + buffer.byteLength, 0));
