import {KedgeError, type Manifest} from '@kedge/core';
import type {KedgeOptions} from '../api.js';
import type {RuntimeHost} from '../loader.js';
import type {Host} from '../worker/host.js';
import {Watch} from './watch.js';

/** A version's room in a worker. */
export interface Place {
  runtime: RuntimeHost;
  bytes: number;
  /** The worker that it lives in, as its host names it. */
  life: number;
}

export type PlacesOptions = Pick<KedgeOptions, 'workerBudgetBytes' | 'hangSeconds'>;

const defaultBudgetBytes = 512 * 2 ** 20;

/** Which versions share a worker: a WASM heap grows for all of them, never shrinks, and ends at 4 GiB. */
export class Places {
  readonly #hosts: RuntimeHost[];
  /** Those that every client has, one for each runtime. */
  readonly #first: readonly RuntimeHost[];
  readonly #budgetBytes: number;
  readonly #hangMs: number;
  readonly #taken = new Set<Place>();

  /** @param hosts gets those of workers that are started here, and loses them again */
  constructor(hosts: RuntimeHost[], {workerBudgetBytes = defaultBudgetBytes, hangSeconds = 60}: PlacesOptions) {
    this.#hosts = hosts;
    this.#first = [...hosts];
    this.#budgetBytes = workerBudgetBytes;
    this.#hangMs = 1000 * hangSeconds;
    for (const {host} of hosts) this.#watch(host);
  }

  /** Beside others where all of them together stay within the budget, else in a worker of its own; undefined where no runtime loads it. */
  take({format, artifacts}: Manifest): Place | undefined {
    const first = this.#first.find(({descriptor}) => descriptor.formats.includes(format));
    if (!first) return undefined;
    const bytes = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
    const others = [...this.#taken]
      .map(place => place.runtime)
      .filter(({descriptor}) => descriptor === first.descriptor);
    const runtime = [first, ...others].find(({host}) => this.#hasRoom(host, bytes)) ?? this.open(first);
    return this.settle({runtime, bytes, life: runtime.host.life});
  }

  settle(place: Place): Place {
    this.#taken.add(place);
    return place;
  }

  #hasRoom(host: Host, bytes: number): boolean {
    const held = this.#in(host);
    return held.length === 0 || held.reduce((sum, place) => sum + place.bytes, bytes) <= this.#budgetBytes;
  }

  /** What went with a worker needs no room. */
  #in(host: Host): Place[] {
    return [...this.#taken].filter(({runtime, life}) => runtime.host === host && life === host.life);
  }

  /** Another worker of the runtime, among those that end with the client. */
  open({descriptor, host}: RuntimeHost): RuntimeHost {
    const own = {descriptor, host: host.spare()};
    this.#watch(own.host);
    this.#hosts.push(own);
    return own;
  }

  #watch(host: Host): void {
    host.watch = new Watch(host, this.#hangMs);
  }

  /** A worker that holds nothing any more ends, and its memory with it; but for the one that keeps the store. */
  leave(place: Place): void {
    this.#taken.delete(place);
    const {host} = place.runtime;
    if (host === this.#hosts[0]!.host || this.#in(host).length > 0 || host.busy.size > 0) return;
    if (this.#first.some(first => first.host === host))
      host.restart(new KedgeError('closed', 'the worker held no model any more'));
    else this.end(host);
  }

  end(host: Host): void {
    host.close();
    this.#hosts.splice(
      this.#hosts.findIndex(runtime => runtime.host === host),
      1,
    );
  }
}
