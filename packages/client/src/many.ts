/**
 * Loaded where an app asks for many predictions at once: reads its inputs ahead, and gives the results in their order.
 *
 * @module
 */
export {predictMany} from './control/many.js';
