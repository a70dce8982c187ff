/**
 * Loaded where a start left an image of its memory to be kept.
 *
 * @module
 */
export {copyOf} from './onnx/copy.js';
export {keepImage} from './worker/keep-image.js';
