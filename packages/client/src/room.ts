/**
 * Loaded where something is installed within a budget of the app, or pins a binary that the app can't take.
 *
 * @module
 */
export {besideOthers} from './install/beside.js';
export {misfit} from './install/misfit.js';
