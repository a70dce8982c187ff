/**
 * For a worker of your own: `serveWorker(tfjsRuntime(tfjsWeb))` at its top.
 *
 * @module
 */
export {serveWorker} from '../worker/serve.js';
export {tfjsRuntime} from './runtime.js';
export type {TfjsSource} from './module.js';
export {tfjsWeb} from './web.js';
