/**
 * Loaded in idle time, or where a call is late before that: what gives a version up for a while.
 *
 * @module
 */
export {guard} from './healing/breaker.js';
