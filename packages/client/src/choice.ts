/**
 * Loaded in idle time, or where the app asks why: measures the execution providers that a version could run on.
 *
 * @module
 */
export {measure} from './choice/measure.js';
export {measureAsked} from './choice/asked.js';
export {explain} from './choice/explain.js';
