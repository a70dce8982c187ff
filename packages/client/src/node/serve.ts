import {join} from 'node:path';
import {parentPort, workerData} from 'node:worker_threads';
import type {Endpoint} from 'comlink';
import {toKedgeError} from '@kedge/core';
import type {Runtime} from '../runtime/runtime.js';
import {MemoryStore} from '../store/memory.js';
import type {Store} from '../store/store.js';
import {Engine} from '../worker/engine.js';
import {serve} from '../worker/serve.js';
import {openFileStore} from './file-store.js';
import type {NativeTurns} from './native.js';

/** What a thread is given. */
export interface ThreadData {
  /** Where versions are kept; null keeps them in memory. */
  directory: string | null;
  /** See `nativeTurn`. */
  turns: NativeTurns;
}

/** Makes this thread a Kedge worker for `runtime`. For a runtime of your own: a `ThreadRuntime` names the module that calls it, once, at its top. */
export function serveThread(runtime: Runtime): void {
  const {directory} = workerData as ThreadData;
  serve(
    tell => new Engine(runtime, tell, onFull => openStore(directory, onFull)),
    // Node's port has a web port's face; only the types do not say so.
    parentPort as unknown as Endpoint,
  );
}

async function openStore(directory: string | null, onFull: () => Promise<boolean>): Promise<Store> {
  if (directory === null) return new MemoryStore();
  try {
    return await openFileStore(join(directory, 'models'), onFull);
  } catch (error) {
    return new MemoryStore(toKedgeError(error, 'storage_unavailable', directory));
  }
}
