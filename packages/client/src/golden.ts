/**
 * Loaded by a worker that looks closely at a version: runs its golden inputs, once, to test it, or again and again, to time it;
 * finds out which of its stored bytes are not right, or whether a value may be wrong.
 *
 * @module
 */
export {checkGolden} from './runtime/golden.js';
export {checkInputs, checkOutputs} from './runtime/values.js';
export {time} from './runtime/timing.js';
export {dropLost} from './store/drop-lost.js';
