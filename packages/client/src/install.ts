/**
 * Loaded where something of a version is missing: a page whose models are installed never fetches it.
 *
 * @module
 */
export {bringBinary} from './install/binary.js';
export {bringVersion} from './install/version.js';
export {foresee} from './release/fetch-manifest.js';
