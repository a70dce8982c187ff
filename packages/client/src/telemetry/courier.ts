import type {KedgeError} from '@kedge/core';
import {realm} from '../realm.js';
import {exclusively} from '../worker/locks.js';
import type {Group, Outbox, SealedBatch} from './outbox.js';
import {post} from './post.js';
import {runsOfGroups, sealRun, type Sender} from './seal.js';

/** A living tab seals sooner; what is older was left by one that died. Sealing twice is harmless: events are numbered. */
export const orphanAgeMs = 15_000;
const maxRetryMs = 3_600_000;
/** A collector that takes longer is treated as one that is not there. */
const timeoutMs = 30_000;

export interface Drained {
  /** When to come back, in milliseconds; undefined when nothing waits. */
  againMs: number | undefined;
}

export interface CourierEvents {
  sealed(groups: readonly Group[]): void;
  delivered(count: number): void;
  refused(count: number, error: KedgeError): void;
  failed(error: KedgeError): void;
}

/** From the outbox to the collector. One tab at a time seals and sends, for all of them. */
export class Courier {
  readonly #url: string;
  readonly #on: CourierEvents;
  readonly #closing = new AbortController();
  #failures = 0;

  constructor(url: string, on: CourierEvents) {
    this.#url = url;
    this.#on = on;
  }

  /** Seals what is due, and sends all that is sealed. A batch is deleted when the collector has it, or has refused it for good (counted as refused). */
  drain(outbox: Outbox, sender: Sender, epoch: string): Promise<Drained> {
    return exclusively('kedge:outbox', this.#closing.signal, async () => {
      const left = await this.#seal(outbox, sender, epoch);
      const retryMs = await this.#send(outbox);
      return {againMs: retryMs ?? (left ? orphanAgeMs : undefined)};
    });
  }

  /** Stops what is under way; nothing of it is lost. */
  close(): void {
    this.#closing.abort();
  }

  /** @returns whether groups of other tabs were left for them to seal */
  async #seal(outbox: Outbox, sender: Sender, own: string): Promise<boolean> {
    const now = Date.now();
    const groups = await outbox.groups();
    const due = groups.filter(
      ({epoch, at, abandoned}) => epoch === own || abandoned || Math.abs(now - at) > orphanAgeMs,
    );
    for (const run of runsOfGroups(due)) {
      await outbox.seal(run, await sealRun(sender, run));
      this.#on.sealed(run);
    }
    return due.length < groups.length;
  }

  /** @returns when to try again after a failure */
  async #send(outbox: Outbox): Promise<number | undefined> {
    for (;;) {
      const [batch] = await outbox.batches(1);
      if (!batch) return undefined;
      const retryMs = await this.#deliver(batch);
      if (retryMs !== undefined) return retryMs;
      await outbox.removeBatch(batch);
    }
  }

  async #deliver(batch: SealedBatch): Promise<number | undefined> {
    // A request that can't succeed would still show as an error in the page's console. `online` brings us back.
    if (realm.onLine === false) return maxRetryMs;
    const posted = await post(this.#url, batch.bytes, {
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (posted.state === 'later') {
      this.#on.failed(posted.error);
      return posted.retryAfterMs ?? this.#backOff();
    }
    this.#failures = 0;
    if (posted.state === 'accepted') this.#on.delivered(batch.count);
    else this.#on.refused(batch.count, posted.error);
    return undefined;
  }

  /** Full jitter (M. Brooker, “Exponential Backoff And Jitter”), so that clients that failed together do not come back together. */
  #backOff(): number {
    return Math.random() * Math.min(maxRetryMs, 2000 * 2 ** this.#failures++);
  }
}
