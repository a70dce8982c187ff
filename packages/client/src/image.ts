/**
 * Loaded where a runtime starts from a binary that a manifest pins: what puts back the memory of an earlier start, and keeps it.
 *
 * @module
 */
export {compiling} from './onnx/compiling.js';
export {startFrom} from './onnx/image.js';
export {Images} from './worker/images.js';
