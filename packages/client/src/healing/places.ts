import {KedgeError, type Manifest} from '@kedge/core';
import type {KedgeOptions} from '../api.js';
import type {RuntimeHost} from '../loader.js';
import type {Host} from '../worker/host.js';

/** A version's room in a worker. */
export interface Place {
  runtime: RuntimeHost;
  bytes: number;
  /** The worker that it lives in, as its host names it. */
  life: number;
}

/** Until a worker that nobody needs is looked at again. */
const answersMs = 100;

const unneeded = () => new KedgeError('closed', 'nothing needs it');

export type PlacesOptions = Pick<KedgeOptions, 'workerBudgetBytes'>;

/** Which versions share a worker: a WASM heap grows for all of them, never shrinks, and ends at 4 GiB. */
export class Places {
  readonly #hosts: RuntimeHost[];
  /** How many hosts every client has, one for each runtime. */
  readonly #first: number;
  readonly #budgetBytes: number;
  readonly #onOpen: () => void;
  readonly #taken = new Set<Place>();

  /** @param hosts gets those of workers that are started here; one whose worker has ended is used again. @param onOpen told of them, and of each */
  constructor(hosts: RuntimeHost[], {workerBudgetBytes = 2 ** 29}: PlacesOptions, onOpen: () => void) {
    this.#hosts = hosts;
    this.#first = hosts.length;
    this.#budgetBytes = workerBudgetBytes;
    this.#onOpen = onOpen;
    onOpen();
  }

  /**
   * Beside others where all of them together stay within the budget, else in a worker of its own; undefined where no runtime
   * loads it.
   *
   * @param alone in a new worker, that nothing else needs
   */
  take({format, artifacts}: Manifest, alone = false): Place | undefined {
    const first = this.#hosts.find(({descriptor}) => descriptor.formats.includes(format));
    if (!first) return undefined;
    const bytes = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
    const mostBytes = alone ? 0 : this.#budgetBytes;
    const runtime =
      this.#hosts
        .slice(alone ? this.#first : 0)
        .find(({descriptor, host}) => descriptor === first.descriptor && this.#fits(host, bytes, mostBytes)) ??
      this.#open(first);
    // What held nothing may be at something still, and stands at the number of threads that it was asked for.
    if (alone) runtime.host.restart(unneeded());
    const place = {runtime, bytes, life: runtime.host.life};
    this.#taken.add(place);
    return place;
  }

  #fits(host: Host, bytes: number, mostBytes: number): boolean {
    const held = this.#in(host);
    return held.length === 0 || held.reduce((sum, place) => sum + place.bytes, bytes) <= mostBytes;
  }

  /** What went with a worker needs no room. */
  #in(host: Host): Place[] {
    return [...this.#taken].filter(({runtime, life}) => runtime.host === host && life === host.life);
  }

  #open({descriptor, host}: RuntimeHost): RuntimeHost {
    if (host.closed) throw host.closed;
    const own = {descriptor, host: host.spare()};
    // Among those that end with the client.
    this.#hosts.push(own);
    this.#onOpen();
    return own;
  }

  /** A worker that holds nothing any more ends, and its memory with it; but for the one that keeps the store. */
  leave(place: Place): void {
    this.#taken.delete(place);
    const {host} = place.runtime;
    if (host === this.#hosts[0]!.host || this.#in(host).length > 0) return;
    // What it is asked besides, such as which batches it can make, is answered first.
    if (host.busy.size > 0) setTimeout(() => this.leave(place), answersMs);
    else this.end(place);
  }

  /** Its worker as well, whatever it is at. */
  end(place: Place): void {
    this.#taken.delete(place);
    place.runtime.host.restart(unneeded());
  }
}
