/**
 * Loaded by a worker that runs a version's golden inputs: once, to test it, or again and again, to time it.
 *
 * @module
 */
export {checkGolden} from './runtime/golden.js';
export {time} from './runtime/timing.js';
