import {
  type Envelope,
  type Jwk,
  KedgeError,
  readEnvelope,
  readRelease,
  type Release,
  releasePayloadType,
  toKedgeError,
  verifyEnvelope,
} from '@kedge/core';
import {connect, readAtMost} from '../install/fetch.js';
import {releaseKey} from '../names.js';
import {isOwn} from '../realm.js';
import type {Store} from '../store/store.js';
import {exclusively} from '../worker/locks.js';
import {refuseExpired} from './expiry.js';

export interface ReleaseOptions {
  /** Of mirrors the preferred one first. */
  registries: readonly string[];
  channel: string;
  trustedKeys: readonly Jwk[];
  graceHours: number;
  /** The text of a release's envelope that came with the app. */
  embeddedRelease: string | undefined;
  /** A request is given up when nothing came for so long, in milliseconds. */
  stallMs: number;
}

/** What is kept of the newest release that was accepted. `highest` outlives it: nothing older is ever accepted again. */
export interface StoredRelease {
  envelope: Envelope;
  highest: number;
  /** Where it came from. */
  url?: string | undefined;
  /** That registry's tag of these very bytes, where it could be read. */
  etag?: string | undefined;
}

export interface ReleaseAnswer {
  release: Release | undefined;
  /** Why there is no newer one, or none at all. */
  problem: KedgeError | undefined;
}

/** A release whose signature was verified; `expires` and `version` were not looked at yet. */
interface Verified {
  envelope: Envelope;
  release: Release;
  url?: string | undefined;
  etag?: string | undefined;
}

/** A server that never answers must not keep a page waiting for its first release. */
const answerWithinMs = 20_000;
const maxReleaseBytes = 4 * 2 ** 20;

/** The channel's release: from the registry, as stored on this device, or as it came with the app. */
export class ReleaseSource {
  readonly #store: () => Promise<Store>;
  readonly #options: ReleaseOptions;
  /** Of every mirror: lists that share one, in whatever order, are bound by the same release. */
  readonly #keys: readonly string[];
  /** Of every mirror, the preferred one first. */
  readonly #urls: readonly string[];
  /** What this worker kept last: holds also where nothing can be stored. */
  #kept: StoredRelease | undefined;
  #embedded: Promise<Verified> | undefined;

  /** @param store where settings are kept now; it may be another one after the disk has refused */
  constructor(store: () => Promise<Store>, options: ReleaseOptions) {
    this.#store = store;
    this.#options = options;
    this.#keys = options.registries.map(registry => releaseKey(registry, options.channel));
    this.#urls = options.registries.map(registry => `${registry}/channels/${options.channel}.json`);
  }

  /** The highest that this device has, checked again: keys and clock may have changed since it was accepted. */
  async stored(): Promise<ReleaseAnswer> {
    return this.#storedWithin(this.#options.graceHours);
  }

  /**
   * The registry's newest. On any failure the stored one serves on, and `problem` says why.
   *
   * @throws the signal's reason
   */
  async newest(signal: AbortSignal): Promise<ReleaseAnswer> {
    try {
      return await this.#fromAny(signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const why = toKedgeError(error, 'network', this.#urls[0]!);
      // Grace is for devices without a network; a registry that can be asked and only has an expired release gives none.
      const {release, problem} = await this.#storedWithin(
        why.code === 'release_expired' ? 0 : this.#options.graceHours,
      );
      return {release, problem: release ? why : (problem ?? why)};
    }
  }

  async #storedWithin(graceHours: number): Promise<ReleaseAnswer> {
    const stored = highestOf(await this.#read());
    const answer = await this.#judge(stored && this.#verify(stored.envelope, 'the stored release'), graceHours);
    if (this.#options.embeddedRelease === undefined) return answer;
    const embedded = await this.#judge(this.#verifiedEmbedded(), graceHours);
    const {release} = embedded;
    const floor = stored?.highest ?? 0;
    const wins = release && (answer.release ? release.version > answer.release.version : release.version >= floor);
    if (!wins) return answer.release || answer.problem ? answer : embedded;
    await this.#keep(await this.#verifiedEmbedded()).catch(() => {});
    return embedded;
  }

  async #judge(verified: Promise<Verified> | undefined, graceHours: number): Promise<ReleaseAnswer> {
    try {
      const release = (await verified)?.release;
      if (release) refuseExpired(release, graceHours);
      return {release, problem: undefined};
    } catch (error) {
      return {release: undefined, problem: toKedgeError(error, 'release_invalid', 'the stored release')};
    }
  }

  async #verify(envelope: Envelope, where: string, etag?: string): Promise<Verified> {
    const {channel, trustedKeys} = this.#options;
    const payload = await verifyEnvelope(crypto.subtle, envelope, releasePayloadType, trustedKeys);
    const release = readRelease(new TextDecoder().decode(payload), where);
    if (release.channel !== channel)
      throw new KedgeError('release_invalid', `${where}: expected channel ${channel}, got ${release.channel}`);
    return {envelope, release, url: where, etag};
  }

  #verifiedEmbedded(): Promise<Verified> {
    const where = 'the embedded release';
    this.#embedded ??= (async () => this.#verify(readEnvelope(this.#options.embeddedRelease!, where), where))();
    return this.#embedded;
  }

  /** From the first mirror that has an acceptable one. @throws what is wrong with the preferred mirror's */
  async #fromAny(signal: AbortSignal): Promise<ReleaseAnswer> {
    let first: unknown;
    for (const url of this.#urls)
      try {
        return await this.#accept(await this.#fetch(url, signal), url, signal);
      } catch (error) {
        signal.throwIfAborted();
        first ??= error;
      }
    throw first;
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Verified> {
    const stored = highestOf(await this.#read());
    const within = AbortSignal.timeout(answerWithinMs);
    const {headers, cache} = conditional(url, stored?.url === url ? stored.etag : undefined);
    const connection = {signal: AbortSignal.any([signal, within]), stallMs: this.#options.stallMs, cache};
    try {
      const {response, body, close} = await connect(url, headers, connection);
      if (stored && response.status === 304) {
        close();
        return await this.#verify(stored.envelope, url, stored.etag);
      }
      const bytes = await readAtMost(body, maxReleaseBytes, url, 'release_invalid');
      const envelope = readEnvelope(new TextDecoder().decode(bytes), url);
      return await this.#verify(envelope, url, response.headers.get('etag') ?? undefined);
    } catch (error) {
      if (within.aborted && !signal.aborted)
        throw new KedgeError('network', `${url}: no answer within ${answerWithinMs / 1000} s`, {cause: error});
      throw error;
    }
  }

  async #accept(verified: Verified, url: string, signal: AbortSignal): Promise<ReleaseAnswer> {
    const {release} = verified;
    // In turns: of two tabs that asked at once, the one with the older answer must not be the last to write.
    return exclusively('kedge:release', signal, async () => {
      const stored = await this.#read();
      const highest = Math.max(highestOf(stored)?.highest ?? 0, await this.#embeddedVersion());
      if (release.version < highest)
        throw new KedgeError(
          'release_rollback',
          `${url}: expected release ${highest} or higher, got ${release.version}; to go back to an older model publish a higher one`,
        );
      refuseExpired(release, 0, url);
      const {envelope, etag} = verified;
      const unchanged = stored.every(each => each?.envelope.payload === envelope.payload && each.etag === etag);
      // A device that can't write still obeys: a full disk must not keep a model on that was turned off.
      const problem = unchanged ? undefined : await this.#keep(verified).then(nothing, storageProblem);
      return {release, problem};
    });
  }

  /** 0 when none came with the app, or one that is not to be trusted. */
  async #embeddedVersion(): Promise<number> {
    return (await this.#verifiedEmbedded().catch(nothing))?.release.version ?? 0;
  }

  async #keep({envelope, release, url, etag}: Verified): Promise<void> {
    this.#kept = {envelope, highest: release.version, url, etag};
    await (await this.#store()).putSetting(this.#keys, this.#kept);
  }

  /** Under each key the highest of what this device and this worker have kept. A disk that can't be read has nothing to say. */
  async #read(): Promise<Found[]> {
    const read = async (key: string) => (await (await this.#store()).getSetting(key)) as Found;
    return Promise.all(this.#keys.map(async key => highestOf([await read(key).catch(nothing), this.#kept])));
  }
}

type Found = StoredRelease | undefined;

/** The first of equals. */
const highestOf = (all: readonly Found[]) =>
  all.reduce((best, each) => ((each?.highest ?? 0) > (best?.highest ?? 0) ? each : best));
const nothing = () => undefined;
const storageProblem = (error: unknown) => toKedgeError(error, 'storage_unavailable', 'storing the release');

/**
 * How an unchanged release costs a 304 and no body: with the stored tag where a header of our own needs no preflight, else
 * by the browser's cache, which revalidates with the tag that it keeps.
 */
function conditional(url: string, etag: string | undefined): {headers: HeadersInit; cache: RequestCache} {
  return etag && isOwn(url) ? {cache: 'no-store', headers: {'if-none-match': etag}} : {cache: 'no-cache', headers: {}};
}
