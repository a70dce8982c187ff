/**
 * Loaded a while after a version with many chunks was started: what it was read from is put together for the next start.
 *
 * @module
 */
export {pack} from './store/packs.js';
export {inParts} from './store/in-parts.js';
