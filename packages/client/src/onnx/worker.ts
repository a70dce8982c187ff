import {serveWorker} from '../worker/serve.js';
import {onnxRuntime} from './runtime.js';
import {ortWeb} from './web.js';

serveWorker(onnxRuntime(ortWeb));
