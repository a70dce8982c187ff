import {type Endpoint, expose} from 'comlink';
import type {Runtime} from '../runtime/runtime.js';
import {Engine} from './engine.js';
import type {Notice} from './notice.js';
import {keepErrors} from './protocol.js';

/** Makes this worker a Kedge worker for `runtime`. Call it once, at the top of the worker's file. */
export function serveWorker(runtime: Runtime): void {
  // Types know the page's globals only.
  serve(tell => new Engine(runtime, tell), globalThis as unknown as Endpoint);
}

/** Answers a page's calls; what is told beside the answers goes the same way, so that it comes in the order of both. */
export function serve(make: (tell: (notice: Notice) => void) => Engine, to: Endpoint): void {
  keepErrors();
  expose(
    make(notice => to.postMessage({notice})),
    to,
  );
}
