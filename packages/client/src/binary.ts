/**
 * Loaded where a version pins its runtime's binary.
 *
 * @module
 */
export {bringBinary} from './install/binary.js';
