import type {Loaded} from '../loader.js';
import type {Host} from '../worker/host.js';

/** What a run may be late by before the page looks whether it is deaf, and for so long at least it is then. */
const slackMs = 1;

/** What a session took for a call at its best, also for several together, and of what size that was. */
export interface Best {
  /** All that it has answered. */
  runs: number;
  ms: number;
  size: number;
}

/** When a worker has ended what it was given, as far as a page can tell that is in a task too long to hear of it. */
export class Pace {
  /** What a call took, the last time. */
  readonly #callMs = new WeakMap<Loaded, number>();
  readonly #best = new WeakMap<Loaded, Best>();
  readonly #endMs = new WeakMap<Host, number>();
  /** Since when, in the task that the page is in, it may have missed an answer. */
  readonly #deafMs = new WeakMap<Host, number>();

  /** @param isBehind others, not necessarily the worker's any more: it is idle for the slack once, not before each of them */
  begun(calls: number, on: Loaded, isBehind: boolean): void {
    const {host} = on;
    const fromMs = (isBehind && this.#endMs.get(host)) || performance.now();
    this.#endMs.set(host, fromMs + calls * (this.#callMs.get(on) ?? Infinity));
  }

  /**
   * @param size of each of its calls, in elements
   * @param rest the calls of each session that its worker still has
   */
  answered(on: Loaded, callMs: number, size: number, rest: ReadonlyMap<Loaded, number>): void {
    this.#callMs.set(on, callMs);
    const best = this.#best.get(on) ?? {runs: 0, ms: Infinity, size};
    // The first one is cold: on a GPU it was seen to take fourteen times as long.
    if (best.runs++ && callMs < best.ms) Object.assign(best, {ms: callMs, size});
    this.#best.set(on, best);
    this.#endMs.set(on.host, performance.now());
    for (const [other, calls] of rest) this.begun(calls, other, true);
  }

  bestOf(on: Loaded): Best | undefined {
    return this.#best.get(on);
  }

  /** Whether it stands idle, by what its runs have taken, and the page can't have heard of it. */
  isIdle({host}: Loaded): boolean {
    const now = performance.now();
    const endMs = this.#endMs.get(host) ?? Infinity;
    // A realm without channels computes by itself. Where answers come in time, none is made: it takes longer than a call.
    if (now < endMs + slackMs || typeof MessageChannel === 'undefined') return false;
    if (!this.#deafMs.has(host)) this.#listen(host, now);
    // Of an end before this task it would have heard.
    const sinceMs = Math.max(endMs, this.#deafMs.get(host)!);
    this.#endMs.set(host, sinceMs);
    return now > sinceMs + slackMs;
  }

  /** A task that comes before an answer: its run takes longer than the last, and nobody knows how long. Timers of a hidden page come late. */
  #listen(host: Host, nowMs: number): void {
    const {port1, port2} = new MessageChannel();
    this.#deafMs.set(host, nowMs);
    port1.onmessage = () => {
      this.#deafMs.delete(host);
      this.#endMs.set(host, Infinity);
      // It would keep Node's process alive.
      port1.close();
    };
    port2.postMessage(0);
  }
}
