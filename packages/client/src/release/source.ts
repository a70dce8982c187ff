import {
  type Envelope,
  type Jwk,
  KedgeError,
  readEnvelope,
  readRelease,
  type Release,
  releasePayloadType,
  verifyEnvelope,
} from '@kedge/core';
import {fetchRegistry} from '../install/fetch.js';
import {exclusively} from '../worker/locks.js';
import type {Store} from '../store/store.js';

export interface ReleaseOptions {
  registry: string;
  channel: string;
  trustedKeys: readonly Jwk[];
  graceHours: number;
}

/** What is kept of the newest release that was accepted. `highest` outlives it: nothing older is ever accepted again. */
interface StoredRelease {
  envelope: Envelope;
  highest: number;
}

export interface ReleaseAnswer {
  release: Release | undefined;
  /** Why there is no newer one, or none at all. */
  problem: KedgeError | undefined;
}

async function open(envelope: Envelope, options: ReleaseOptions, where: string): Promise<Release> {
  const payload = await verifyEnvelope(crypto.subtle, envelope, releasePayloadType, options.trustedKeys);
  const release = readRelease(new TextDecoder().decode(payload), where);
  if (release.channel !== options.channel)
    throw new KedgeError('release_invalid', `${where}: expected channel ${options.channel}, got ${release.channel}`);
  return release;
}

function refuseExpired(release: Release, nowMs: number, graceHours: number, where: string): void {
  const pastMs = nowMs - Date.parse(release.expires);
  if (pastMs > graceHours * 3_600_000)
    throw new KedgeError(
      'release_expired',
      `${where}: release ${release.version} expired at ${release.expires}; sign it again with kedge release sign`,
    );
}

/** The channel's release, from the registry or as stored on this device. */
export class ReleaseSource {
  readonly #store: Store;
  readonly #options: ReleaseOptions;
  readonly #key: string;
  readonly #url: string;

  constructor(store: Store, options: ReleaseOptions) {
    this.#store = store;
    this.#options = options;
    this.#key = `release:${options.registry}|${options.channel}`;
    this.#url = `${options.registry}/channels/${options.channel}.json`;
  }

  /** What this device accepted last, checked again: keys and clock may have changed since. */
  async stored(): Promise<ReleaseAnswer> {
    const stored = await this.#read();
    if (!stored) return {release: undefined, problem: undefined};
    try {
      const release = await open(stored.envelope, this.#options, 'the stored release');
      refuseExpired(release, Date.now(), this.#options.graceHours, 'the stored release');
      return {release, problem: undefined};
    } catch (error) {
      return {release: undefined, problem: error as KedgeError};
    }
  }

  /**
   * The registry's newest. On any failure the stored one serves on, and `problem` says why.
   *
   * @throws the signal's reason
   */
  async newest(signal: AbortSignal): Promise<ReleaseAnswer> {
    try {
      // In turns: of two tabs that ask at once, the one with the older answer must not be the last to write.
      const release = await exclusively(this.#key, signal, () => this.#fetch(signal));
      return {release, problem: undefined};
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const {release, problem} = await this.stored();
      return {release, problem: release ? (error as KedgeError) : (problem ?? (error as KedgeError))};
    }
  }

  async #fetch(signal: AbortSignal): Promise<Release> {
    const stored = await this.#read();
    const response = await fetchRegistry(this.#url, {signal, cache: 'no-cache'});
    const envelope = readEnvelope(await response.text(), this.#url);
    const release = await open(envelope, this.#options, this.#url);
    if (stored && release.version < stored.highest)
      throw new KedgeError(
        'release_rollback',
        `${this.#url}: release ${release.version} is older than ${stored.highest}, which this device has seen; publish a higher release to go back to an older model`,
      );
    // A registry that only has an expired release is frozen or forgotten; grace is for devices that are offline.
    refuseExpired(release, Date.now(), 0, this.#url);
    await this.#store.putSetting(this.#key, {
      envelope,
      highest: release.version,
    } satisfies StoredRelease);
    return release;
  }

  async #read(): Promise<StoredRelease | undefined> {
    return (await this.#store.getSetting(this.#key)) as StoredRelease | undefined;
  }
}
