/**
 * Loaded by a worker that looks closely at a version: runs its golden inputs, once, to test it, again and again, to time it, or
 * many together, to see whether a batch changes their results; finds out which of its stored bytes are
 * not right, or whether a value may be wrong.
 *
 * @module
 */
export {readGolden} from './install/assemble.js';
export {checkGolden} from './runtime/golden.js';
export {checkInputs, checkOutputs} from './runtime/values.js';
export {batches} from './runtime/batches.js';
export {time} from './runtime/timing.js';
export {dropLost} from './store/drop-lost.js';
