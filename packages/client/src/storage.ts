/**
 * Loaded where room is made, something is removed, the app asks what is stored, or there is no disk: a page whose models are
 * installed starts without it.
 *
 * @module
 */
export {Governor} from './store/governor.js';
export {MemoryStore} from './store/memory.js';
export {activate, fail, pass} from './store/steps.js';
export {storageReport} from './store/report.js';
export {sweepDatabase} from './store/sweep.js';
