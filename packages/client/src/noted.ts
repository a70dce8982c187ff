/**
 * Loaded where execution providers are measured, where what was noted of one depends on the GPU, where one was refused, and where
 * a tab died: the circumstances that a note holds under, how long it does, and who is told.
 *
 * @module
 */
export {holds, isOn} from './choice/holds.js';
export {keep} from './choice/keep.js';
export {probe} from './choice/probe.js';
export {tell, tellFailure, tellRefused} from './choice/tell.js';
export {noteFailed, refuseWrong} from './choice/wrong.js';
export {gpuOf} from './choice/gpu-of.js';
export {crashes, takeDead} from './healing/dead.js';
