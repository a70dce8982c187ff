import {resolve} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import type {Kedge, KedgeOptions, RuntimeDescriptor} from '../api.js';
import {createKedge as create} from '../client.js';
import {checkCall, checkOptions} from '../misuse/options.js';
import type {ThreadRuntime} from './runtimes.js';
import {shareSignals} from './signals.js';
import {Thread} from './thread.js';

/** How long `close` waits for the collector. */
const flushWithinMs = 5000;
/** And for threads to end: one that is in native code, as in a run of ONNX Runtime, ends after it. */
const endWithinMs = 5000;

export interface NodeOptions extends Omit<KedgeOptions, 'runtimes'> {
  runtimes: readonly ThreadRuntime[];
  /** Folder for versions and the release; made if missing, shared by any number of processes. @default memory only */
  directory?: string;
}

/**
 * The same client in Node: the engine in a thread, versions in a folder, events in memory. `close` sends what waits.
 *
 * @throws TypeError for options that can't work; the signal's reason
 */
export async function createKedge(given: NodeOptions): Promise<Kedge> {
  checkCall('createKedge', given);
  const {runtimes, directory, ...options} = given;
  if (directory !== undefined && (typeof directory !== 'string' || directory === ''))
    throw new TypeError('createKedge: directory must name a folder; leave it out to keep versions in memory');
  checkOptions({...options, runtimes: runtimes as readonly unknown[] as KedgeOptions['runtimes']});
  shareSignals();
  const threads: Thread[] = [];
  const data = {directory: directory === undefined ? null : resolve(directory)};
  const start = (file: URL) => {
    const thread = new Thread(file, data);
    threads.push(thread);
    return thread;
  };
  const kedge = await create({...options, runtimes: runtimes.map(runtime => descriptorOf(runtime, start))});
  return closing(kedge, () => endOf(threads));
}

/** They keep no process alive that waits for them here. */
async function endOf(threads: readonly Thread[]): Promise<void> {
  const over = new AbortController();
  const late = pause(endWithinMs, undefined, {signal: over.signal});
  await Promise.race([Promise.all(threads.map(({ended}) => ended)), late]);
  over.abort();
}

function descriptorOf({file, ...runtime}: ThreadRuntime, start: (file: URL) => Thread): RuntimeDescriptor {
  // As much of a worker as the client uses.
  return {...runtime, createWorker: () => start(file) as unknown as Worker};
}

/** A process may end with `close`: what waits is sent before, and what it started has ended after. */
function closing(kedge: Kedge, ended: () => Promise<unknown>): Kedge {
  const {close, forget} = kedge;
  return Object.assign(kedge, {
    async close() {
      // A label that was just given is on its way to the events.
      await new Promise(resolve => setImmediate(resolve));
      await kedge.flush({signal: AbortSignal.timeout(flushWithinMs)}).catch(() => {});
      await close.call(kedge);
      await ended();
    },
    async forget() {
      await forget.call(kedge);
      await ended();
    },
  });
}
