import type {Run} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import type {Host} from '../worker/host.js';

/** What a page may be late by to hear of an answer. */
const slackMs = 2;

/** When a worker has ended what it was given, as far as a page can tell that is too busy to hear of it. */
export class Pace {
  /** What a call took, the last time. */
  readonly #callMs = new WeakMap<Loaded, number>();
  readonly #endMs = new WeakMap<Host, number>();

  /** @param isBehind others, not necessarily the worker's any more: it is idle for the slack once, not before each of them */
  begun({length}: readonly Run[], on: Loaded, isBehind: boolean): void {
    const {host} = on;
    const fromMs = (isBehind && this.#endMs.get(host)) || performance.now();
    this.#endMs.set(host, fromMs + length * (this.#callMs.get(on) ?? Infinity));
  }

  /** @param rest what its worker still has */
  answered({length}: readonly Run[], on: Loaded, ms: number, rest: readonly (readonly Run[])[]): void {
    this.#callMs.set(on, ms / length);
    this.#endMs.set(on.host, performance.now());
    for (const runs of rest) this.begun(runs, runs[0]!.loaded, true);
  }

  /** Whether it stands idle, by what its runs have taken. */
  isIdle({host}: Loaded): boolean {
    return performance.now() > (this.#endMs.get(host) ?? Infinity) + slackMs;
  }
}
