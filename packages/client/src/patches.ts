/**
 * Loaded where a version that is missing can be made from one that is here.
 *
 * @module
 */
export {make, plan} from './install/patches.js';
