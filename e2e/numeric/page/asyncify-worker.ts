import './without-jspi.js';
import {onnxRuntime, ortWeb, serveWorker} from '@kedge/client/worker';

const binary = ortWeb.binary?.('webgpu') ?? 'nothing';
if (!binary.includes('asyncify'))
  throw new Error(`the arm would measure ${binary}: WebAssembly was looked at before it changed`);
serveWorker(onnxRuntime(ortWeb));
