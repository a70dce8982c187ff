import {onnxRuntime} from '../src/onnx/runtime.js';
import {ortWeb} from '../src/onnx/web.js';
import {serveFaulty} from './faulty-runtime.js';

serveFaulty(onnxRuntime(ortWeb));
