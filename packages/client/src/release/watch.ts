import {tellTabs} from '../channel.js';
import {realm} from '../realm.js';

/** Becoming visible asks again only when the last answer is older than this. */
const freshMs = 60_000;

export interface WatchOptions {
  /** Between two questions, in milliseconds; 0 asks never. */
  everyMs: number;
  /** Names the release: tabs with another channel are not told. */
  key: string;
  random(): number;
  /** Asks the registry. */
  check(): Promise<void>;
  /** Reads what another tab has stored. */
  adopt(): Promise<void>;
}

/**
 * When the release is looked at again: now and then while somebody sees the page and there is a network, and when another tab
 * has accepted one. A page that is put aside (back/forward cache) holds neither a timer nor a channel.
 */
export class ReleaseWatch {
  readonly #options: WatchOptions;
  readonly #stop = new AbortController();
  #channel: BroadcastChannel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #checkedAtMs = performance.now();

  constructor(options: WatchOptions) {
    this.#options = options;
    const {signal} = this.#stop;
    const page = (event: string, listener: () => void) => globalThis.addEventListener?.(event, listener, {signal});
    page('pagehide', () => this.#pause());
    page('pageshow', () => this.#resume());
    page('online', () => this.#look(0));
    page('offline', () => this.#schedule());
    globalThis.document?.addEventListener('visibilitychange', () => this.#look(freshMs), {signal});
    this.#listen();
    this.#schedule();
  }

  /** Other tabs of this origin read it from the store. */
  tell(): void {
    tellTabs(this.#channel, this.#options.key);
  }

  close(): void {
    this.#stop.abort();
    this.#pause();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#channel = undefined;
  }

  #resume(): void {
    if (this.#channel) return;
    this.#listen();
    // What was told while this page was put aside.
    void this.#options.adopt().catch(() => {});
    this.#look(freshMs);
  }

  #listen(): void {
    if (typeof BroadcastChannel === 'undefined') return;
    this.#channel = new BroadcastChannel('kedge:release');
    this.#channel.onmessage = ({data}) => {
      if (data === this.#options.key) void this.#options.adopt().catch(() => {});
    };
  }

  /** Asks when the last question is at least so old, and the page is in use. */
  #look(olderThanMs: number): void {
    if (this.#active() && performance.now() - this.#checkedAtMs >= olderThanMs) this.#check();
    else this.#schedule();
  }

  #check(): void {
    this.#checkedAtMs = performance.now();
    void this.#options.check().catch(() => {});
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#active()) return;
    // Spread, so that pages opened by one event do not ask together for ever.
    const dueMs = this.#options.everyMs * (0.75 + this.#options.random() / 2);
    this.#timer = setTimeout(() => this.#check(), this.#checkedAtMs + dueMs - performance.now());
  }

  #active(): boolean {
    if (this.#options.everyMs === 0 || this.#stop.signal.aborted) return false;
    return realm.onLine !== false && globalThis.document?.visibilityState !== 'hidden';
  }
}
