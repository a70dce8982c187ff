/**
 * Loaded beside the first worker: what starts versions and sends their runs, and what is done when a worker, a provider or a version fails.
 *
 * @module
 */
export {Healing} from './healing/healing.js';
