/**
 * Loaded by the client when there is a collector to tell something to; a page without one never fetches it.
 *
 * @module
 */
export {Telemetry} from './telemetry/telemetry.js';
