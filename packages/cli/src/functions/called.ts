import {Worker} from 'node:worker_threads';
import type {Tensors} from '@kedge/client/runtime';
import type {Files, Loadable} from '../run/runtime.js';

/** What the thread is to do. */
export interface Order {
  /** Folder of onnxruntime-web. */
  dist: string;
  /** Name of its binary there. */
  file: string;
  version: Loadable;
  files: Files;
  /** Each is run. */
  inputs: readonly Tensors[];
}

/** Compiled: threads take no TypeScript. */
const thread = new URL('../../dist/functions/thread.js', import.meta.url);

/**
 * Which functions of onnxruntime-web's binary a version calls on devices: from a start with an image of the memory on, while it
 * is loaded, run and released. In a thread of its own, whose memory goes with it.
 *
 * @returns as in `Manifest.runtime.functions`
 * @throws why the version can't be run by it
 */
export function calledFunctions(order: Order): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(thread, {workerData: order});
    worker.once('message', (functions: string) => {
      resolve(functions);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`the thread that runs it ended with ${code}`)));
  });
}
