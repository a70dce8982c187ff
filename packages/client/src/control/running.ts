import type {Run} from '../healing/runs.js';
import type {Loaded} from '../loader.js';
import type {Host} from '../worker/host.js';

/** What one worker has: its runs in the order in which they began, and how many calls of each session those answer. */
interface Busy {
  readonly runs: Set<readonly Run[]>;
  readonly calls: Map<Loaded, number>;
}

const nothing: Busy = {runs: new Set(), calls: new Map()};

/**
 * What was not answered, a group of calls for each run of a session, also those whose callers are gone. Hundreds may be under
 * way while a page is in a long task, and each call asks for them: nothing here looks through all of them.
 */
export class Running {
  readonly #busy = new Map<Host, Busy>();
  /** Of all workers. */
  calls = 0;

  /** Workers that have something. */
  get hosts(): Iterable<Host> {
    return this.#busy.keys();
  }

  at(host: Host): Busy {
    return this.#busy.get(host) ?? nothing;
  }

  add(runs: readonly Run[], loaded: Loaded): void {
    const {host} = loaded;
    if (!this.#busy.has(host)) this.#busy.set(host, {runs: new Set(), calls: new Map()});
    this.at(host).runs.add(runs);
    this.#count(loaded, runs.length);
  }

  /** @param loaded what it began on: a run that is made again may have another one by now */
  delete(runs: readonly Run[], loaded: Loaded): void {
    this.at(loaded.host).runs.delete(runs);
    this.#count(loaded, -runs.length);
  }

  #count(loaded: Loaded, more: number): void {
    const {calls} = this.at(loaded.host);
    this.calls += more;
    more += calls.get(loaded) ?? 0;
    calls.set(loaded, more);
    if (!more) calls.delete(loaded);
    if (!calls.size) this.#busy.delete(loaded.host);
  }
}
