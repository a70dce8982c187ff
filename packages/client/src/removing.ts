/**
 * Loaded where chunks are lost, or wrong, and where all is removed.
 *
 * @module
 */
export {dropLost} from './store/drop-lost.js';
export {clearDatabase, removeChunks} from './store/remove.js';
export {removeRest} from './store/remove-rest.js';
