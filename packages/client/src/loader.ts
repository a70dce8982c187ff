import {isKedgeError, KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {Progress, RuntimeDescriptor} from './api.js';
import type {ExecutionProvider} from './runtime/runtime.js';
import type {Serving} from './serving.js';
import type {Host} from './worker/host.js';
import type {Wanted} from './worker/installs.js';
import {fromWire} from './worker/protocol.js';

/** A version that is ready to run. */
export interface Loaded {
  manifest: Manifest;
  digest: string;
  host: Host;
  handle: number;
  /** The worker that it lives in, as the host names it. */
  life: number;
  provider: ExecutionProvider;
  downloadedBytes: number;
  durationMs: number;
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

export const defaultProviders: readonly ExecutionProvider[] = ['wasm', 'webgpu'];

/** A version is read in two parts, that which runs and that which tests it. */
const maxRepairs = 2;

/** How often a runtime that did not start is started once more, in a new worker. */
const maxRetries = 1;

/** Installs and starts versions, each once however many ask for it. */
export class Loader {
  readonly #hosts: readonly RuntimeHost[];
  readonly #serving: Serving;
  readonly #flights = new Map<string, Flight>();

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
    const installed = await this.#hosts[0]!.host.install(wanted, onProgress, {signal});
    const {digest, manifest, downloadedBytes} = installed;
    const problems = installed.problems.map(problem => fromWire(problem) as KedgeError);
    const runtime = this.#hosts.find(({descriptor}) => descriptor.formats.includes(manifest.format));
    if (!runtime)
      throw new KedgeError(
        'runtime_unavailable',
        `${manifest.model} ${manifest.version} is ${manifest.format}; none of the runtimes passed to createKedge loads that`,
      );
    this.#serving.add(digest);
    const {startedBytes, ...started} = await this.#start(runtime, manifest, digest, problems, onProgress, signal);
    const bytes = downloadedBytes + startedBytes;
    onProgress({state: 'ready', provider: started.provider, downloadedBytes: bytes});
    return {
      manifest,
      digest,
      host: runtime.host,
      ...started,
      downloadedBytes: bytes,
      durationMs: performance.now() - began,
      told: false,
      problems,
    };
  }

  /** The first execution provider that starts and gives the right numbers. */
  async #start(
    {descriptor, host}: RuntimeHost,
    {runtime: {files}}: Manifest,
    digest: string,
    problems: KedgeError[],
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ) {
    const left = [...(descriptor.providers ?? defaultProviders)];
    let repairs = maxRepairs;
    let retries = maxRetries;
    for (let provider = left.shift(); provider;) {
      const {life, pinned} = host;
      try {
        // Known to be there after the first look, unless the version ran from the memory of a worker that is gone.
        await host.install({digest, variants: []}, onProgress, {signal});
        const answer = await host.start(digest, provider, onProgress, {signal});
        if ('spent' in answer) {
          const spent = toKedgeError(fromWire(answer.spent), 'runtime_unavailable', provider);
          if (retries-- <= 0) throw spent;
          host.restart(asLost(spent), life);
          continue;
        }
        const {problem, ...started} = answer;
        if (problem) problems.push(fromWire(problem) as KedgeError);
        return {...started, life: host.life};
      } catch (error) {
        if (signal.aborted || !isKedgeError(error)) throw error;
        const own = error.code === 'runtime_unavailable' && pinned && files !== undefined;
        // It may be the pinned binary that does not start here: once more, from the app's own.
        if (own) host.unpin();
        // A realm in which a runtime failed to start can't start it again.
        if (error.code === 'runtime_unavailable' || error.code === 'worker_lost') host.restart(asLost(error), life);
        // A file of the runtime may not have come, as when the network went for a moment.
        if (!own && error.code === 'runtime_unavailable' && retries-- > 0) continue;
        problems.push(error);
        // What was wrong in the store is out of it now, and comes anew.
        const again = isStores(error) && repairs-- > 0;
        if (!own && !again) provider = left.shift();
      }
    }
    const error = none(descriptor, problems);
    if (isVersions(error)) void this.#hosts[0]!.host.failed(digest, error.code).catch(() => {});
    throw error;
  }
}

/** Whether bytes that were stored are to blame. */
function isStores({code}: KedgeError): boolean {
  return code === 'artifact_corrupt' || code === 'storage_unavailable';
}

/** Whether the version is to blame, and not the device. */
function isVersions({code}: KedgeError): boolean {
  return code === 'golden_mismatch' || code === 'model_invalid';
}

/** What the other calls of a worker are told when it is given up. */
export function asLost(cause: KedgeError): KedgeError {
  return new KedgeError('worker_lost', `the worker was started anew: ${cause.message}`, {cause});
}

function none(descriptor: RuntimeDescriptor, problems: readonly KedgeError[]): KedgeError {
  const [first] = problems;
  if (!first)
    return new KedgeError('runtime_unavailable', `${descriptor.name}: the list of execution providers is empty`);
  return new KedgeError(first.code, problems.map(({message}) => message).join('; '), {cause: first});
}

function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, {once: true});
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
