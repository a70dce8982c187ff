import {expose} from 'comlink';
import type {Runtime} from '../runtime/runtime.js';
import {Engine} from './engine.js';
import {keepErrors} from './protocol.js';

/** Makes this worker a Kedge worker for `runtime`. Call it once, at the top of the worker's file. */
export function serveWorker(runtime: Runtime): void {
  keepErrors();
  expose(new Engine(runtime));
}
