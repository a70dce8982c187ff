import {KedgeError, type Release} from '@kedge/core';
import {delay} from '../delay.js';
import {realm} from '../realm.js';
import type {Host} from '../worker/host.js';
import {expired, lapsesAtMs} from './expiry.js';
import type {ReleaseAnswer} from './source.js';

/** Told when another release has come into force. */
export interface ReleaseChange {
  release: Release;
  /** Undefined when there was none. */
  previousVersion: number | undefined;
}

export interface CurrentReleaseOptions {
  host: Host;
  graceHours: number;
  onChange(change: ReleaseChange): void;
  /** The registry gave one that this page did not know. */
  onAccepted(): void;
}

/** The release in force on this page: the stored one at once, the registry's when it has come. */
export class CurrentRelease {
  readonly #options: CurrentReleaseOptions;
  #answer: ReleaseAnswer = {release: undefined, problem: undefined};
  #lapsesAtMs = Infinity;
  #opened = false;

  constructor(options: CurrentReleaseOptions) {
    this.#options = options;
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
    this.#take(await this.#options.host.storedRelease({signal}).catch(failed(signal)));
    await this.#openNewest(waitMs, signal);
    this.#opened = true;
  }

  async #openNewest(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.release) return this.refresh(signal);
    // Nobody asked for it now: offline it would only put an error into the page's console.
    if (realm.onLine === false) return;
    // Takes effect when it arrives; a failure shows in `problem`.
    const newest = this.refresh(undefined).catch(() => {});
    if (waitMs > 0) await Promise.race([newest, delay(waitMs, signal)]);
  }

  /** Asks the registry now. @throws the signal's reason */
  async refresh(signal: AbortSignal | undefined): Promise<void> {
    const answer = await this.#options.host.newestRelease({signal}).catch(failed(signal));
    // A failed question must not take away what serves, unless what serves has expired.
    const before = this.release?.version;
    if (answer.release || answer.problem?.code === 'release_expired') {
      this.#take(answer);
      if (answer.release && answer.release.version !== before) this.#options.onAccepted();
      return;
    }
    this.#answer = {...this.#answer, problem: answer.problem ?? this.problem};
  }

  /** Another tab has accepted a release: the same, from the store. */
  async adopt(): Promise<void> {
    const {release} = await this.#options.host.storedRelease({}).catch(failed(undefined));
    if (release && release.version > (this.release?.version ?? 0)) this.#take({release, problem: undefined});
  }

  #take(answer: ReleaseAnswer): void {
    const {release} = answer;
    const previousVersion = this.release?.version;
    // Two questions may be answered out of order.
    if (release && release.version < (previousVersion ?? 0)) return;
    this.#answer = answer;
    this.#lapsesAtMs = release ? lapsesAtMs(release, this.#options.graceHours) : Infinity;
    // What a page starts with is no change.
    if (release && release.version !== previousVersion && this.#opened)
      this.#options.onChange({release, previousVersion});
  }

  /**
   * Why this version may not serve, by the release in force; undefined when it may. What nobody vouches for any more (no
   * trusted release, or one past its grace) does not serve, however complete it is.
   */
  refusal(model: string, version: string): KedgeError | undefined {
    const {release} = this;
    if (!release) return this.problem ?? new KedgeError('network', 'no release could be had yet');
    if (Date.now() > this.#lapsesAtMs) return expired(release, 'the release in force');
    const released = release.models[model];
    if (released?.enabled === false)
      return new KedgeError('model_disabled', `${model} is turned off by release ${release.version}`);
    if (released?.revoked.includes(version))
      return new KedgeError('model_disabled', `${model} ${version} is revoked by release ${release.version}`);
    return undefined;
  }
}

function failed(signal: AbortSignal | undefined) {
  return (error: unknown): ReleaseAnswer => {
    if (signal?.aborted) throw signal.reason;
    return {release: undefined, problem: error as KedgeError};
  };
}
