/**
 * Loaded at the first prediction, or in idle time before it: keeps the order of what waits for a worker, and brings back the
 * version before.
 *
 * @module
 */
export {Control} from './control/control.js';
