/**
 * Loaded where room is to be made for what comes, as where something is stored already or the app has a budget, and where a
 * version pins a binary that the app can't take, or asks for what not every device has.
 *
 * @module
 */
export {allow} from './install/device-file.js';
export {misfit} from './install/misfit.js';
export {keepRest} from './install/rest.js';
export {moreRoom, roomForFile, roomIn} from './install/room.js';
export {reserve, spare} from './install/reserve.js';
export {tellStep} from './install/step-down.js';
