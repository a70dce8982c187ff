/**
 * Loaded by a worker that computes on WebGPU: whether a GPU answers, which one it is, and when it is gone.
 *
 * @module
 */
export {adapterName, needAdapter} from './runtime/adapter.js';
export {watchDevice} from './runtime/device.js';
