import {onnxRuntime} from '../src/onnx/runtime.js';
import {serveFaulty} from './faulty-runtime.js';
import {ortGiven} from './given-binaries.js';

serveFaulty(onnxRuntime(ortGiven));
