import {onnxRuntime} from '../onnx/runtime.js';
import {ortNode} from './ort.js';
import {serveThread} from './serve.js';

serveThread(onnxRuntime(ortNode));
