/**
 * Loaded where the browser has no Web Locks.
 *
 * @module
 */
export {leased} from './worker/lease.js';
