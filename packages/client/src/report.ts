/**
 * Loaded where the app asks what is stored.
 *
 * @module
 */
export {storageReport} from './store/report.js';
