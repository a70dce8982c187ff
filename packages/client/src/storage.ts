/**
 * Loaded where room is made, something is removed, or there is no disk: a page whose models are
 * installed starts without it. `install.js` imports what it shares with it from here, so that neither brings a copy.
 *
 * @module
 */
export {Freeing} from './store/freeing.js';
export {Governor} from './store/governor.js';
export {pinsOf, servedAt} from './store/policy.js';
export {MemoryStore} from './store/memory.js';
export {SpillStore} from './store/spill.js';
export {previousVersion} from './store/previous.js';
export {activate, begin, fail, pass, refuse} from './store/steps.js';
export {advance} from './store/transition.js';
export {readAll} from './store/entries.js';
export {heldIn, sweepDatabase} from './store/sweep.js';
