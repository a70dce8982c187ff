/**
 * Loaded in idle time, or where a run fails before that: what is done about runs that fail.
 *
 * @module
 */
export {Mending} from './healing/mending.js';
