import * as ort from 'onnxruntime-web';
import {serveBare} from './bare-worker.js';

serveBare(ort);
