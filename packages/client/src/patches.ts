/**
 * Loaded where a version that is missing can be made from one that is here, or comes from a server that knows no ranges.
 *
 * @module
 */
export {applyPatches} from './install/patching.js';
export {widen} from './install/widen.js';
