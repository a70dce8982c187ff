import {servingLock} from './names.js';
import {realm} from './realm.js';

/**
 * Tells who removes versions, in every tab, which ones this page serves: by a shared lock for each of them. A page that is put
 * aside (back/forward cache) gives them back, since holding a lock would keep it out.
 */
export class Serving {
  readonly #digests = new Set<string>();
  readonly #stop = new AbortController();
  #held = new AbortController();

  constructor() {
    const {signal} = this.#stop;
    globalThis.addEventListener?.('pagehide', () => this.#rest(), {signal});
    globalThis.addEventListener?.('pageshow', () => this.#resume(), {signal});
  }

  /** Before it is read from the store, so that no moment is left in which it could go. */
  add(digest: string): void {
    if (this.#digests.has(digest)) return;
    this.#digests.add(digest);
    this.#hold(digest);
  }

  close(): void {
    this.#stop.abort();
    this.#rest();
  }

  #rest(): void {
    this.#held.abort();
  }

  #resume(): void {
    if (!this.#held.signal.aborted) return;
    this.#held = new AbortController();
    for (const digest of this.#digests) this.#hold(digest);
  }

  #hold(digest: string): void {
    const {signal} = this.#held;
    const until = () => new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
    // Refused where the browser keeps nothing for this site: then nothing is removed either.
    realm.locks
      ?.request(servingLock + digest, {mode: 'shared'}, () => (signal.aborted ? undefined : until()))
      .catch(() => {});
  }
}
