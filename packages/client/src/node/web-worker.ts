import {onnxRuntime} from '../onnx/runtime.js';
import {ortWasm} from './ort.js';
import {serveThread} from './serve.js';

serveThread(onnxRuntime(ortWasm));
