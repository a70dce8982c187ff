import './tamper-first.js';
import {onnxRuntime, ortWeb, serveWorker} from '@kedge/client/worker';

serveWorker(onnxRuntime(ortWeb));
