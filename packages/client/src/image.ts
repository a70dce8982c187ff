/**
 * Loaded where a runtime starts from a binary that a manifest pins: what puts back the memory of an earlier start, and keeps it;
 * and where a model is large: what spares it copies.
 *
 * @module
 */
export {startFrom} from './onnx/image.js';
export {withWeightsOutside} from './onnx/weights.js';
export {Images} from './worker/images.js';
