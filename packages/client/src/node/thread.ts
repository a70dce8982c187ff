import {Worker as NodeWorker} from 'node:worker_threads';

/** A thread of Node with a web worker's face, as far as the client looks at one. It keeps the process alive until it is terminated. */
export class Thread extends EventTarget {
  readonly #worker: NodeWorker;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<void>;
  #terminated = false;

  /** @param file a module @param data what it finds as `workerData` */
  constructor(file: URL, data: unknown) {
    super();
    this.#worker = new NodeWorker(file, {workerData: data});
    this.#worker.on('message', (data: unknown) => this.dispatchEvent(new MessageEvent('message', {data})));
    this.#worker.on('messageerror', error => this.#fail('messageerror', error.message));
    this.#worker.on('error', error => this.#fail('error', error.message));
    this.ended = new Promise(resolve => {
      this.#worker.on('exit', code => {
        if (!this.#terminated) this.#fail('error', `its thread exited with code ${code}`);
        resolve();
      });
    });
  }

  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, transfer as never);
  }

  terminate(): void {
    this.#terminated = true;
    void this.#worker.terminate();
  }

  #fail(type: string, message: string): void {
    this.dispatchEvent(Object.assign(new Event(type), {message}));
  }
}
