/**
 * Loaded in idle time, or where the app asks for it: measures the execution providers that a version could run on.
 *
 * @module
 */
export {measure} from './choice/measure.js';
