/**
 * Loaded beside the packages of TensorFlow.js, which are a hundred times larger: reads a version's files as a model of theirs,
 * and runs it.
 *
 * @module
 */
export {openModel} from './tfjs/open.js';
