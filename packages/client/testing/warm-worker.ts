// The worker of apps, to which the page hands the runtime's binaries.
import {onnxRuntime} from '../src/onnx/runtime.js';
import {serveWorker} from '../src/worker/serve.js';
import {ortGiven} from './given-binaries.js';

serveWorker(onnxRuntime(ortGiven));
