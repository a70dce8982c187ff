import {gzipSync} from 'node:zlib';
import {KedgeError} from '@kedge/core';
import {HttpError} from '../http/http-error.js';
import type {WriteKeys} from '../http/write-keys.js';
import type {EventStore, ReceivedBatch, Rejected, Written} from '../store/event-store.js';
import {GroupCommit} from './group-commit.js';
import {inflate, isGzip} from './inflate.js';
import type {IngestLimits} from './limits.js';
import {parseBatch, parseBody} from './parse-batch.js';
import {readBody} from './read-body.js';

/** Batches that may wait for the disk before new ones are sent away. */
const mostWaiting = 4096;

export interface IngestOptions {
  store: EventStore;
  keys: WriteKeys;
  limits: IngestLimits;
  now(): number;
}

/** Takes batches in: reads, checks, commits in groups. */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #batches: GroupCommit<ReceivedBatch, Written>;
  readonly #rejected: GroupCommit<Rejected, void>;
  #closed = false;

  constructor(options: IngestOptions) {
    const {store} = (this.#options = options);
    this.#batches = new GroupCommit(items => store.write(items), {delayMs: 2, most: 128});
    this.#rejected = new GroupCommit(items => store.quarantine(items), {delayMs: 10, most: 32});
  }

  /**
   * Resolves when the request's events are on the disk.
   *
   * @throws HttpError 401, 403, 413 or 503
   * @throws KedgeError `events_invalid`; the body is then in quarantine
   */
  async take(request: Request): Promise<Written> {
    const {limits} = this.#options;
    this.#refuseWhenBusy();
    const body = await readBody(request, Math.max(limits.plainBytes, limits.gzipBytes));
    const batch = await this.#parse(body, request.headers.get('origin'));
    this.#refuseWhenBusy();
    return this.#batches.add(batch).catch((cause: unknown) => {
      throw new HttpError(503, 'unavailable', 'the collector could not store this; send it again', {
        cause,
        retryAfterSeconds: 5,
      });
    });
  }

  /** Commits what waits; later requests are refused with 503. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#batches.flush(), this.#rejected.flush()]);
  }

  #refuseWhenBusy(): void {
    if (!this.#closed && this.#batches.size < mostWaiting) return;
    const why = this.#closed ? 'the collector is closing' : 'the collector is behind';
    throw new HttpError(503, 'unavailable', `${why}; send this again`, {retryAfterSeconds: 2});
  }

  async #parse(body: Uint8Array, origin: string | null): Promise<ReceivedBatch> {
    const {limits, keys, now} = this.#options;
    try {
      const value = parseBody(inflate(body, limits));
      const key = (value as {writeKey?: unknown} | null)?.writeKey;
      // Asked before the rest is looked at, so that strangers fill no quarantine with batches.
      const project = isObject(value) && 'writeKey' in value ? keys.projectOf(key, origin) : undefined;
      const {batch, events} = parseBatch(value);
      const bytes = isGzip(body) ? body : gzipSync(body, {level: 1});
      return {project: project ?? keys.projectOf(key, origin), batch, events, body: bytes, receivedAt: now()};
    } catch (error) {
      if (error instanceof KedgeError) await this.#quarantine(body, error.message);
      throw error;
    }
  }

  async #quarantine(body: Uint8Array, reason: string): Promise<void> {
    // The answer is 400 either way; a full disk must not turn it into a promise to retry.
    await this.#rejected.add({body, reason, receivedAt: this.#options.now()}).catch(() => undefined);
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
