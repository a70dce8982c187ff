/**
 * Loaded where something of a version is missing: a page whose models are installed never fetches it. `binary.js` imports what
 * it shares with it from here.
 *
 * @module
 */
export {Download} from './install/download.js';
export {inOneFlight} from './install/flight.js';
export {Meter} from './install/meter.js';
export {Mirrors} from './install/mirrors.js';
export {bringBinary} from './install/pinned.js';
export {rehearse} from './install/rehearse.js';
export {bringVersion} from './install/version.js';
export {Writer} from './install/writer.js';
export {foresee} from './release/fetch-manifest.js';
