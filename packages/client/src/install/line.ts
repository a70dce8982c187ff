import {KedgeError} from '@kedge/core';

/** One request's life: it ends with the caller's signal, or when nothing came for `stallMs` milliseconds. */
export class Line {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #stallMs: number;
  readonly #onAbort = () => this.#controller.abort(this.#caller.reason);

  constructor(caller: AbortSignal, stallMs: number) {
    caller.throwIfAborted();
    this.#caller = caller;
    this.#stallMs = stallMs;
    caller.addEventListener('abort', this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Time counts only while something is awaited from the network. @throws KedgeError `network` after a stall */
  async expect<T>(url: string, work: Promise<T>): Promise<T> {
    const stalled = () =>
      this.#controller.abort(
        new KedgeError('network', `${url}: nothing came for ${this.#stallMs / 1000} s; the connection was given up`),
      );
    const timer = setTimeout(stalled, this.#stallMs);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is not read yet is not downloaded. */
  close(): void {
    this.#caller.removeEventListener('abort', this.#onAbort);
    this.#controller.abort();
  }
}
