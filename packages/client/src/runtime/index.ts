/**
 * The runtime port, for those who run or write one outside the browser client.
 *
 * @module
 */
export {arrayOf} from './dtype.js';
export {wrongExample, wrongForm} from './form.js';
export {checkGolden} from './golden.js';
export {checkOutputs} from './values.js';
export type {OrtModule} from '../onnx/module.js';
export {onnxRuntime, type OrtSource} from '../onnx/runtime.js';
export {type FoundTensor, loadModel as loadTfjsModel, type TfjsModel} from '../tfjs/model.js';
export type {TfjsSource} from '../tfjs/module.js';
export {tfjsRuntime} from '../tfjs/runtime.js';
export type {ExecutionProvider, Runtime, RuntimeBinary, Session, Tensor, TensorData, Tensors} from './runtime.js';
