/**
 * Loaded in idle time where the app wants spare workers: keeps the versions of each worker in a second one as well.
 *
 * @module
 */
export {Spares} from './spare/spares.js';
