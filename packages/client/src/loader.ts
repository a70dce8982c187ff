import {type KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {Progress, RuntimeDescriptor} from './api.js';
import type {Control} from './control/control.js';
import type {Healing} from './healing.js';
import type {Place} from './healing/places.js';
import type {Runs} from './healing/runs.js';
import type {ExecutionProvider} from './runtime/runtime.js';
import {tell} from './listeners.js';
import type {Host} from './worker/host.js';
import type {Wanted} from './worker/installs.js';

/** A version that is ready to run. */
export interface Loaded {
  manifest: Manifest;
  digest: string;
  runtime: RuntimeHost;
  host: Host;
  /** Takes what is to be run. */
  runs: Runs;
  handle: number;
  /** The worker that it lives in, as the host names it. */
  life: number;
  provider: ExecutionProvider;
  downloadedBytes: number;
  durationMs: number;
  /** Providers that were given up on the way, by why. */
  refused: ReadonlyMap<KedgeError, ExecutionProvider>;
  /** Its room there. */
  place: Place;
  /** This page serves it no more, other tabs are told. */
  unserve: () => void;
  /** Models that answer with it, or with its successor. */
  users: {count: number};
  /** Another session of it that serves from now on, on a provider that was found to be faster. */
  successor: Loaded | undefined;
  /** To be called before the first run; what it returns after it. */
  firstRun: (() => () => void) | undefined;
  /** Whether a unit has told of this installation; others of the same page only use it. */
  told: boolean;
  /** Providers that were refused on the way, why it runs from memory, and patches that did not work. */
  problems: KedgeError[];
}

export interface RuntimeHost {
  descriptor: RuntimeDescriptor;
  host: Host;
}

interface Flight {
  promise: Promise<Loaded>;
  loaded?: Loaded;
  controller: AbortController;
  waiting: number;
  listeners: Set<(progress: Progress) => void>;
}

export interface LoadOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Smaller forms of the version, the largest first, for a device that can't hold it. */
  variants?: readonly string[];
}

/** What serves in its place by now: a faster one, or a spare, may have taken over more than once. */
export function newest(loaded: Loaded): Loaded {
  return loaded.successor ? newest(loaded.successor) : loaded;
}

/** From the file that starts versions and mends faults. */
export type MakeHealing = (file: typeof import('./healing.js')) => Healing;

/** Installs and starts versions, each once however many ask for it. */
export class Loader {
  readonly #makeHealing: MakeHealing;
  readonly #flights = new Map<string, Flight>();
  #healing: Promise<Healing> | undefined;

  constructor(makeHealing: MakeHealing) {
    this.#makeHealing = makeHealing;
  }

  /** To be given back by `leave`. @throws KedgeError why no execution provider can serve it; the signal's reason. The download goes on while anybody waits. */
  async load(digest: string, {signal, onProgress, variants = []}: LoadOptions): Promise<Loaded> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(digest) ?? this.#begin({digest, variants});
    if (onProgress) flight.listeners.add(onProgress);
    flight.waiting++;
    try {
      const loaded = await raceAbort(flight.promise, signal);
      loaded.users.count++;
      return newest(loaded);
    } finally {
      flight.waiting--;
      if (onProgress) flight.listeners.delete(onProgress);
      if (signal?.aborted && !flight.waiting) {
        this.#flights.delete(digest);
        flight.controller.abort(signal.reason);
        void this.#drop(flight).catch(() => {});
      }
    }
  }

  /** What starts versions and mends faults, fetched once. @throws KedgeError `network` */
  healing(): Promise<Healing> {
    this.#healing ??= import('./healing.js').then(this.#makeHealing).catch((error: unknown) => {
      this.#healing = undefined;
      throw toKedgeError(error, 'network', 'healing.js of @kedge/client could not be loaded');
    });
    return this.#healing;
  }

  /** What keeps the order of runs. @throws KedgeError `network` */
  async control(): Promise<Control> {
    return (await this.healing()).runs.control();
  }

  /** Under the digest that was asked for, of which this may be a variant. */
  #of(loaded: Loaded): [string, Flight][] {
    return [...this.#flights].filter(([, {loaded: first}]) => first && newest(first) === newest(loaded));
  }

  /** The session is gone with its worker; the next `load` starts it anew. */
  forget(loaded: Loaded): void {
    for (const [digest] of this.#of(loaded)) this.#flights.delete(digest);
  }

  /** Its session ends with the last model that answers with it. */
  async leave(loaded: Loaded): Promise<void> {
    if (--loaded.users.count > 0 || this.#of(loaded).some(([, {waiting}]) => waiting)) return;
    this.forget(loaded);
    await (await this.healing()).release(loaded);
  }

  /** It may be too late for the abort: a version that is ready, and that nobody takes, would keep its session. */
  async #drop({promise}: Flight): Promise<void> {
    const loaded = await promise;
    loaded.users.count++;
    await this.leave(loaded);
  }

  #begin(wanted: Wanted): Flight {
    const {digest} = wanted;
    const controller = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const onProgress = (progress: Progress) => {
      for (const listener of listeners) tell(listener, progress);
    };
    const promise = this.healing().then(healing => healing.load(wanted, controller.signal, onProgress));
    const flight: Flight = {promise, controller, waiting: 0, listeners};
    this.#flights.set(digest, flight);
    promise.then(
      loaded => {
        flight.loaded = loaded;
      },
      () => {
        if (this.#flights.get(digest) === flight) this.#flights.delete(digest);
      },
    );
    return flight;
  }
}

/** @throws the signal's reason, at once; the work goes on */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal!.reason as Error);
    signal?.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });
}
