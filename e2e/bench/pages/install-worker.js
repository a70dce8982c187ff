import {serveWorker} from '@kedge/client/worker';

// No runtime: what is measured is the way of the bytes from the network into the store.
serveWorker({
  name: 'none',
  version: async () => '0',
  formats: ['onnx'],
  load: () => new Promise(() => {}),
});
