/**
 * What is wrong with what an app passed: needed by apps that are being written.
 *
 * @module
 */
export {refuseGift} from './misuse/gift.js';
export {mistakeIn} from './misuse/inputs.js';
export {checkCall, checkModelOptions, checkOptions} from './misuse/options.js';
