/**
 * Loaded where something is installed within a budget of the app.
 *
 * @module
 */
export {besideOthers} from './install/beside.js';
