import {servingLock} from './names.js';
import {realm} from './realm.js';

/** A version while a session of it serves. */
interface Served {
  digest: string;
  /** Gives its lock back. */
  end(): void;
}

/**
 * Tells who removes versions, in every tab, which ones this page serves: by a shared lock for each session. A page that is put
 * aside (back/forward cache) gives them back, since holding a lock would keep it out.
 */
export class Serving {
  readonly #all = new Set<Served>();
  readonly #stop = new AbortController();

  constructor() {
    const {signal} = this.#stop;
    globalThis.addEventListener?.('pagehide', () => this.#rest(), {signal});
    globalThis.addEventListener?.('pageshow', () => this.#resume(), {signal});
  }

  /** Before it is read from the store, so that no moment is left in which it could go. @returns to be called once it serves no more */
  add(digest: string): () => void {
    const served = {digest, end: hold(digest)};
    this.#all.add(served);
    return () => {
      this.#all.delete(served);
      served.end();
    };
  }

  has(digest: string): boolean {
    return [...this.#all].some(served => served.digest === digest);
  }

  close(): void {
    this.#stop.abort();
    this.#rest();
  }

  #rest(): void {
    for (const {end} of this.#all) end();
  }

  #resume(): void {
    for (const served of this.#all) {
      const {end} = served;
      served.end = hold(served.digest);
      end();
    }
  }
}

/** @returns gives it back, also before it is granted */
function hold(digest: string): () => void {
  let end!: () => void;
  const ended = new Promise<void>(resolve => (end = resolve));
  // Refused where the browser keeps nothing for this site: then nothing is removed either.
  realm.locks?.request(servingLock + digest, {mode: 'shared'}, () => ended).catch(() => {});
  return end;
}
