/**
 * Loaded by a worker that looks closely at a version: runs its golden inputs, once, to test it; finds out whether a value may be
 * wrong.
 *
 * @module
 */
export {checkStored} from './runtime/check-stored.js';
export {checkInputs, checkOutputs} from './runtime/values.js';
