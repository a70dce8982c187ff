import * as ort from 'onnxruntime-web/wasm';
import {serveBare} from './bare-worker.js';

serveBare(ort);
