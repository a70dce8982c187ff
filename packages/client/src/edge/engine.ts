import {Engine} from '../worker/engine.js';

/** An engine whose memory is not freed with a worker: it gives back its sessions itself. */
export class InlineEngine extends Engine {
  readonly #handles = new Set<number>();

  override async start(...args: Parameters<Engine['start']>): ReturnType<Engine['start']> {
    const started = await super.start(...args);
    if ('handle' in started) this.#handles.add(started.handle);
    return started;
  }

  async end(): Promise<void> {
    for (const handle of this.#handles) await this.release(handle);
  }
}
