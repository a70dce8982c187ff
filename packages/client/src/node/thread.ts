import {Worker as NodeWorker} from 'node:worker_threads';
import {askToEnd, holdForTurns, type NativeTurns, noTurns} from './native.js';

/** Of the threads that have not ended. */
const open = new Set<NativeTurns>();
const holdForAll = () => open.forEach(holdForTurns);
/** Node terminates its threads when it ends. Bun and Deno leave them behind, as they are. */
const endsThreads = !process.versions.bun && !process.versions.deno;

/** A thread of Node with a web worker's face, as far as the client looks at one. It keeps the process alive until it is terminated. */
export class Thread extends EventTarget {
  readonly #worker: NodeWorker;
  readonly #turns = noTurns();
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  #terminated = false;

  /** @param file a module @param data what it finds as `workerData`, with its `turns` */
  constructor(file: URL, data: object) {
    super();
    this.#worker = new NodeWorker(file, {workerData: {...data, turns: this.#turns}});
    this.#worker.on('message', (data: unknown) => this.#tell(new MessageEvent('message', {data})));
    this.#worker.on('messageerror', error => this.#fail('messageerror', error));
    this.#worker.on('error', error => this.#fail('error', error));
    this.ended = new Promise(resolve => {
      this.#worker.on('exit', code => {
        this.#fail('error', `its thread exited with code ${code}`);
        this.#watch(false);
        resolve();
      });
    });
    this.#watch(true);
  }

  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer as never);
  }

  /** Nothing is heard of it any more. Within native code it ends when that is done, and keeps no process alive. */
  terminate(): void {
    this.#terminated = true;
    if (askToEnd(this.#turns) > 0) this.#worker.unref();
    else void this.#worker.terminate();
  }

  /** @param reason whatever was thrown, which may be no error */
  #fail(type: string, reason: unknown): void {
    const message = (reason as Partial<Error> | null | undefined)?.message ?? String(reason);
    this.#tell(Object.assign(new Event(type), {message}));
  }

  #tell(event: Event): void {
    if (!this.#terminated) this.dispatchEvent(event);
  }

  #watch(isOpen: boolean): void {
    if (isOpen) open.add(this.#turns);
    else open.delete(this.#turns);
    process.off('exit', holdForAll);
    if (endsThreads && open.size > 0) process.on('exit', holdForAll);
  }
}
