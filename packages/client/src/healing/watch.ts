import {KedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import {asLost} from '../failure.js';

/** A call that the worker has not answered, also one that the page has given up. */
export interface Busy {
  /** Since when, by `performance.now()`. */
  since: number;
  /** Whether it computes: nothing else is heard of a worker that does. */
  computes: boolean;
  /** When its deadline passes, by `performance.now()`. */
  lateAt?: number | undefined;
  /** Ends it without an answer. */
  fail(why: unknown): void;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** The part of a host that is watched. */
export interface Watched {
  /** In the order of the calls. */
  readonly busy: ReadonlyMap<number, Busy>;
  /** Asks for a sign of life; one that comes shows in `heard`. */
  ping(): void;
  /** Ends the worker, and all calls that are left with it. */
  restart(why: KedgeError): void;
}

/** A worker that waits for a network or a disk answers a ping at once. */
const idleMs = 10_000;
const lookEveryMs = 2000;
const pingAfterMs = 4000;
const [leastMs, mostMs] = [1000, 10_000];

/**
 * What two deadlines in a row leave a worker: ten times the longest silence after which it answered, 1 to 10 s, and twice it
 * where that is more, so that a run which takes longer than it may is not taken for one without end.
 */
const soonMs = (longestMs = mostMs / 2) => Math.max(Math.min(Math.max(10 * longestMs, leastMs), mostMs), 2 * longestMs);

/** Finds workers that died without a word or never end what they do, by their silence while something is asked of them. */
export class Watch {
  readonly #host: Watched;
  readonly #computingMs: number;
  #heardAt = 0;
  #longestMs: number | undefined;
  #pingedAt: number | undefined;
  #lateAt: number | undefined;
  #lookedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;

  /** @param computingMs patience with a worker that compiles a model, or runs a large one: it can't answer a ping */
  constructor(host: Watched, computingMs: number) {
    this.#host = host;
    this.#computingMs = computingMs;
    if (host.busy.size > 0) this.began();
  }

  /** Something is asked of the worker. */
  began(): void {
    if (this.#timer !== undefined) return;
    this.#lookedAt = performance.now();
    this.#timer = setTimeout(() => this.#look(), lookEveryMs);
  }

  /** Any message of the worker. */
  heard(): void {
    const now = performance.now();
    const silentMs = now - this.#silentSince();
    if (this.#host.busy.size > 0) this.#longestMs = Math.max(this.#longestMs ?? 0, silentMs);
    this.#heardAt = now;
    this.#forget();
  }

  /**
   * A run missed its deadline. The second one without a word from the worker in between is looked into at once, where what the
   * worker is at is late itself: a start, or a run that may take its time, is not ended for what waits behind it.
   */
  late(): void {
    const again = this.#lateAt !== undefined;
    this.#lateAt ??= performance.now();
    // A timer may be early by less than a millisecond.
    if (!again || this.#soon !== undefined || (this.#head()?.lateAt ?? Infinity) > performance.now() + 1) return;
    if (this.#pingedAt === undefined) this.#ping();
    const waitMs = soonMs(this.#longestMs);
    this.#soon = setTimeout(() => this.#giveUp(waitMs), waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#forget();
  }

  #forget(): void {
    clearTimeout(this.#soon);
    this.#soon = this.#pingedAt = this.#lateAt = undefined;
  }

  /** What the worker is at: it does one thing after the other, in the order of the calls. */
  #head(): Busy | undefined {
    const calls = [...this.#host.busy.values()];
    return calls.find(({computes}) => computes) ?? calls[0];
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#host.busy.size === 0) return this.stop();
    const now = performance.now();
    // This page itself was asleep: nothing can be said of its worker.
    if (now - this.#lookedAt > 2 * lookEveryMs) this.#forget();
    const patienceMs = [...this.#host.busy.values()].some(({computes}) => computes) ? this.#computingMs : idleMs;
    if (this.#pingedAt === undefined) {
      if (now - this.#silentSince() > pingAfterMs) this.#ping();
    } else if (now - this.#pingedAt > patienceMs) return this.#giveUp(patienceMs);
    this.began();
  }

  #ping(): void {
    this.#pingedAt = performance.now();
    this.#host.ping();
  }

  #silentSince(): number {
    const [oldest] = this.#host.busy.values();
    return Math.max(this.#heardAt, oldest?.since ?? 0);
  }

  #giveUp(ms: number): void {
    this.stop();
    const cause = new KedgeError('deadline_exceeded', 'silent');
    const why = `the worker did not answer within ${Math.round(ms / 1000)} s: it hangs, or died`;
    this.#end(new KedgeError('worker_lost', why, {cause}));
  }

  /** The call that the worker is at is told why; those behind it, and downloads beside it, that the worker is lost. */
  #end(why: KedgeError): void {
    this.#head()?.fail(why);
    this.#host.restart(asLost(why));
  }
}
