/**
 * For a worker of your own: `serveWorker(runtime)` at its top.
 *
 * @module
 */
export {serveWorker} from './serve.js';
export type {OrtModule} from '../onnx/module.js';
export {onnxRuntime, type OrtSource} from '../onnx/runtime.js';
export {ortWeb} from '../onnx/web.js';
