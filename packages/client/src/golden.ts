/**
 * Loaded by a worker that looks closely at a version: runs its golden inputs, once, to test it, again and again, to time it, or
 * many together, to see whether a batch changes their results; finds out whether
 * a value may be wrong.
 *
 * @module
 */
export {checkStored} from './runtime/check-stored.js';
export {checkInputs, checkOutputs} from './runtime/values.js';
export {batches} from './runtime/batches.js';
export {time} from './runtime/timing.js';
