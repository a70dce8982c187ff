/**
 * Loaded by a worker that tries a version which serves: runs its golden inputs again and again, to time it, or many rows
 * together, to see whether a batch changes their results.
 *
 * @module
 */
export {batches} from './runtime/batches.js';
export {time} from './runtime/timing.js';
