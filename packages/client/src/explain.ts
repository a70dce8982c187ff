/**
 * Loaded where the app asks why a model computes where it does.
 *
 * @module
 */
export {explain} from './choice/explain.js';
