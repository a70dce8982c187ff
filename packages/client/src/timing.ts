/**
 * Loaded by a worker that is to time a version.
 *
 * @module
 */
export {time} from './runtime/timing.js';
