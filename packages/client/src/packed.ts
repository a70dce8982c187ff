/**
 * Loaded where chunks lie in packs: reads them there, and notes where they are for the next start.
 *
 * @module
 */
export {noteLayout} from './store/layout.js';
export {removePack} from './store/pack-file.js';
export {readPacked, readPlace} from './store/read-packed.js';
export {reading} from './store/reading.js';
