/**
 * Loaded a while after a version with many chunks was started, to put together what it was read from, for the next start.
 *
 * @module
 */
export {pack} from './store/packs.js';
export {inParts} from './store/in-parts.js';
