import {isKedgeError, KedgeError, type Manifest} from '@kedge/core';
import type {PredictOptions, Progress, RuntimeDescriptor} from './api.js';
import type {Healing} from './healing.js';
import type {ExecutionProvider, Tensors} from './runtime/runtime.js';
import type {Serving} from './serving.js';
import type {RunAnswer} from './worker/engine.js';
import type {Host} from './worker/host.js';
import type {Wanted} from './worker/installs.js';
import {later} from './worker/later.js';
import {fromWire} from './worker/protocol.js';

/** A version that is ready to run. */
export interface Loaded {
  manifest: Manifest;
  digest: string;
  runtime: RuntimeHost;
  host: Host;
  handle: number;
  /** The worker that it lives in, as the host names it. */
  life: number;
  provider: ExecutionProvider;
  downloadedBytes: number;
  durationMs: number;
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
  signal: AbortSignal | undefined;
  onProgress: ((progress: Progress) => void) | undefined;
  /** Smaller forms of the version, the largest first, for a device that can't hold it. */
  variants?: readonly string[];
}

/** Installs and starts versions, each once however many ask for it. */
export class Loader {
  readonly #hosts: readonly RuntimeHost[];
  readonly #serving: Serving;
  readonly #flights = new Map<string, Flight>();
  #healing: Promise<Healing> | undefined;

  constructor(hosts: readonly RuntimeHost[], serving: Serving) {
    this.#hosts = hosts;
    this.#serving = serving;
  }

  /** @throws KedgeError why no execution provider can serve it; the signal's reason. The download goes on while anybody waits. */
  async load(digest: string, {signal, onProgress, variants = []}: LoadOptions): Promise<Loaded> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(digest) ?? this.#begin({digest, variants});
    if (onProgress) flight.listeners.add(onProgress);
    flight.waiting++;
    try {
      return await (signal ? raceAbort(flight.promise, signal) : flight.promise);
    } finally {
      flight.waiting--;
      if (onProgress) flight.listeners.delete(onProgress);
      if (signal?.aborted && flight.waiting === 0) {
        this.#flights.delete(digest);
        flight.controller.abort(signal.reason);
      }
    }
  }

  /** What starts versions and mends faults, fetched once. @throws KedgeError `network` */
  healing(): Promise<Healing> {
    this.#healing ??= later('healing', import('./healing.js'))
      .then(({Healing}) => new Healing(this.#hosts))
      .catch((error: unknown) => {
        this.#healing = undefined;
        throw error;
      });
    return this.#healing;
  }

  /** The first run of a session may end its tab, as its start may. */
  async run(loaded: Loaded, tensors: Tensors, wait: Pick<PredictOptions, 'signal' | 'deadlineMs'>): Promise<RunAnswer> {
    const land = loaded.firstRun?.();
    loaded.firstRun = undefined;
    try {
      return await loaded.host.run(loaded.handle, tensors, wait);
    } finally {
      land?.();
    }
  }

  /** The session is gone with its worker; the next `load` starts it anew. */
  forget(loaded: Loaded): void {
    // Under the digest that was asked for, of which this may be a variant.
    for (const [digest, flight] of this.#flights) if (flight.loaded === loaded) this.#flights.delete(digest);
  }

  #begin(wanted: Wanted): Flight {
    const {digest} = wanted;
    const controller = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const onProgress = (progress: Progress) => {
      for (const listener of listeners) listener(progress);
    };
    const promise = this.#load(wanted, controller.signal, onProgress);
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

  async #load(wanted: Wanted, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<Loaded> {
    const began = performance.now();
    const install = () => this.#hosts[0]!.host.install(wanted, onProgress, {signal});
    // A new worker goes on with what the lost one has stored.
    const installed = await install().catch((error: unknown) => {
      if (isKedgeError(error) && error.code === 'worker_lost') return install();
      throw error;
    });
    const {digest, manifest, downloadedBytes} = installed;
    const problems = installed.problems.map(problem => fromWire(problem) as KedgeError);
    const runtime = this.#hosts.find(({descriptor}) => descriptor.formats.includes(manifest.format));
    if (!runtime)
      throw new KedgeError(
        'runtime_unavailable',
        `${manifest.model} ${manifest.version} is ${manifest.format}; none of the runtimes passed to createKedge loads that`,
      );
    this.#serving.add(digest);
    const healing = await this.healing();
    const to = {runtime, manifest, digest, problems, onProgress, signal};
    const {startedBytes, ...started} = await healing.start(to).catch(async (error: unknown) => {
      if (isVersions(error)) void this.#hosts[0]!.host.failed(digest, error.code).catch(() => {});
      throw error;
    });
    const bytes = downloadedBytes + startedBytes;
    onProgress({state: 'ready', provider: started.provider, downloadedBytes: bytes});
    return {
      manifest,
      digest,
      runtime,
      host: runtime.host,
      ...started,
      downloadedBytes: bytes,
      durationMs: performance.now() - began,
      firstRun: () => healing.flights.begin({stage: 'first run', digest, provider: started.provider}),
      told: false,
      problems,
    };
  }
}

/** Whether the version is to blame, and not the device. */
function isVersions(error: unknown): error is KedgeError {
  return isKedgeError(error) && (error.code === 'golden_mismatch' || error.code === 'model_invalid');
}

function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, {once: true});
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
