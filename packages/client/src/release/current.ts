import type {KedgeError, Release} from '@kedge/core';
import {delay} from '../delay.js';
import type {Host} from '../worker/host.js';
import type {ReleaseAnswer} from './source.js';

const nothing: ReleaseAnswer = {release: undefined, problem: undefined};

/** The release in force on this page: the stored one at once, the registry's when it has come. */
export class CurrentRelease {
  readonly #host: Host;
  #answer = nothing;

  constructor(host: Host) {
    this.#host = host;
  }

  get release(): Release | undefined {
    return this.#answer.release;
  }

  /** Why there is none, or no newer one. */
  get problem(): KedgeError | undefined {
    return this.#answer.problem;
  }

  /**
   * @param waitMs how long the network may delay a stored release, in milliseconds
   * @throws the signal's reason; never because of the network or the registry
   */
  async open(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    this.#answer = await this.#host.storedRelease({signal}).catch(failed(signal));
    if (!this.#answer.release) return this.refresh(signal);
    // Nobody asked for it now: offline it would only put an error into the page's console.
    if (!navigator.onLine) return;
    // Takes effect when it arrives; a failure shows in `problem`.
    const newest = this.refresh(undefined).catch(() => {});
    if (waitMs > 0) await Promise.race([newest, delay(waitMs, signal)]);
  }

  /** Asks the registry now. @throws the signal's reason */
  async refresh(signal: AbortSignal | undefined): Promise<void> {
    const answer = await this.#host.newestRelease({signal}).catch(failed(signal));
    // Two questions may be answered out of order.
    if (answer.release && answer.release.version < (this.release?.version ?? 0)) return;
    // A failed question must not take away what serves.
    this.#answer = answer.release ? answer : {...this.#answer, problem: answer.problem ?? this.#answer.problem};
    if (answer.problem?.code === 'release_expired' && !answer.release) this.#answer = answer;
  }

  /** Whether this version may serve, by the newest release known. */
  mayServe(model: string, version: string): boolean {
    const released = this.release?.models[model];
    return released === undefined || (released.enabled && !released.revoked.includes(version));
  }
}

function failed(signal: AbortSignal | undefined) {
  return (error: unknown): ReleaseAnswer => {
    if (signal?.aborted) throw signal.reason;
    return {release: undefined, problem: error as KedgeError};
  };
}
