import {type ErrorCode, KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import {releaseProxy, type Remote, transfer, wrap} from 'comlink';
import type {Progress, RuntimeDescriptor} from '../api.js';
import type {StorageChange, StorageReport} from '../store/api.js';
import type {ExecutionProvider, Tensors} from '../runtime/runtime.js';
import type {Spent, Started, WireAnswer, WireRelease} from './answers.js';
import type {Engine, EngineOptions} from './engine.js';
import type {Installed, Wanted} from './installs.js';
import type {ReleaseAnswer} from '../release/source.js';
import type {InstalledVersion} from '../store/catalog.js';
import {readMarker, writeMarker} from '../store/marker.js';
import {changeOf, type Notice} from './notice.js';
import type {Busy, Watch} from '../healing/watch.js';
import {fromWire, keepErrors} from './protocol.js';

export interface Wait {
  signal?: AbortSignal | undefined;
  deadlineMs?: number | undefined;
  /** Whether the worker computes for it, and hears nothing else. */
  computes?: boolean;
  /** See `Busy`. */
  lateAt?: number | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What is asked of the store alone has its answer by then; a worker that died without a word has none. */
const storeWithin = {deadlineMs: 10_000};

/** What the device had is read anew for each worker. */
export type HostOptions = Omit<EngineOptions, 'marked'>;

interface Life {
  worker: Worker;
  remote: Remote<Engine>;
  /** Of `remote`, which makes another one whenever it is asked for it. */
  run: Remote<Engine>['run'];
}

/**
 * The page's side of a worker. comlink never settles the calls of a worker that died; this one settles every call: on
 * crash, deadline, abort and close. A call after a crash starts a new worker.
 */
export class Host {
  readonly #descriptor: RuntimeDescriptor;
  #options: HostOptions;
  readonly #onChange: (change: StorageChange) => void;
  /** All that the worker has not answered, whether or not somebody waits for it still. */
  readonly busy = new Map<number, Busy>();
  /** Finds out that the worker is silent, once there is one who looks. */
  watch: Watch | undefined;
  /** The last worker that stopped by itself, unless a run was told: whoever finds its session gone is. */
  lost: {life: number; why: KedgeError} | undefined;
  #life: Life | undefined;
  #lives = 1;
  /** Why, once it is. */
  closed: KedgeError | undefined;
  #nextCall = 1;

  /** @param onChange told of what changes in the store unasked */
  constructor(descriptor: RuntimeDescriptor, options: HostOptions, onChange: (change: StorageChange) => void) {
    this.#descriptor = descriptor;
    this.#options = options;
    this.#onChange = onChange;
  }

  storedRelease(wait: Wait): Promise<ReleaseAnswer> {
    return this.#call<WireRelease>(wait, remote => remote.storedRelease()).then(fromWireRelease);
  }

  newestRelease(wait: Wait): Promise<ReleaseAnswer> {
    return this.#call<WireRelease>(wait, (remote, call) => remote.newestRelease(call)).then(fromWireRelease);
  }

  install(wanted: Wanted, onProgress: (progress: Progress) => void, wait: Wait): Promise<Installed> {
    return this.#call({...wait, onProgress}, (remote, call) => remote.install(call, wanted));
  }

  start(
    digest: string,
    provider: ExecutionProvider,
    onProgress: (progress: Progress) => void,
    wait: Wait,
  ): Promise<Started | Spent> {
    return this.#call({...wait, onProgress, computes: true}, (remote, call) => remote.start(call, digest, provider));
  }

  previous(model: string, except: readonly string[], wait: Wait): Promise<InstalledVersion | undefined> {
    return this.#call(wait, remote => remote.previous(model, except));
  }

  manifestOf(digest: string): Promise<Manifest | undefined> {
    return this.#ask(remote => remote.manifestOf(digest));
  }

  /** @param buffers of the inputs, to be given away */
  run(handle: number, inputs: Tensors, wait: Wait, buffers: ArrayBuffer[] = []): Promise<WireAnswer> {
    return this.#call({...wait, computes: true}, () => this.#life!.run(handle, transfer(inputs, buffers)));
  }

  /** How many rows may be run as one batch, see runtime/batches.ts. */
  batches(handle: number): Promise<number[]> {
    return this.#call({computes: true}, remote => remote.batches(handle));
  }

  /** No execution provider could serve it. */
  failed(digest: string, code: ErrorCode): Promise<void> {
    return this.#call({}, remote => remote.failed(digest, code));
  }

  /** Milliseconds of warm runs on the first golden input. */
  time(handle: number, budgetMs: number): Promise<number[]> {
    return this.#call({computes: true}, remote => remote.time(handle, budgetMs));
  }

  release(handle: number): Promise<void> {
    return this.#call({}, remote => remote.release(handle));
  }

  /** Another worker of the same kind, for what may go wrong. */
  spare(): Host {
    return new Host(this.#descriptor, {...this.#options, warm: undefined}, this.#onChange);
  }

  /** A setting of the store, and under which circumstances it would be written now. @param provider of the runtime */
  recall(key: string, provider: ExecutionProvider): Promise<[unknown, string]> {
    return this.#call({}, remote => remote.recall(key, provider));
  }

  remember(key: string, value: unknown): Promise<void> {
    return this.#ask(remote => remote.remember(key, value));
  }

  storage(): Promise<StorageReport> {
    return this.#ask(remote => remote.storage());
  }

  forget(): Promise<void> {
    return this.#ask(remote => remote.forget());
  }

  /** Names the worker that is alive now; a session lives no longer than it. */
  get life(): number {
    return this.#lives;
  }

  /** Whether the worker starts its runtime from the binary that a manifest pins. */
  get pinned(): boolean {
    return this.#options.pinned;
  }

  /** From the next worker on. */
  change(options: Partial<HostOptions>): void {
    this.#options = {...this.#options, ...options};
  }

  /**
   * Stops the worker; the next call starts a new one. For a realm whose runtime failed: it can't be used again.
   *
   * @param life the worker that failed; when another one has taken its place already, that one is left alone
   */
  restart(error: KedgeError, life = this.#lives): void {
    if (life !== this.#lives) return;
    if (this.#life) end(this.#life);
    this.#life = undefined;
    this.#lives++;
    const calls = [...this.busy.values()];
    this.busy.clear();
    this.watch?.stop();
    for (const {fail} of calls) fail(error);
  }

  /** Its answer shows in the watch's `heard`. */
  ping(): void {
    void this.#life?.remote.abort(0).catch(() => {});
  }

  /** @param why what waits is rejected with, and all that is asked later */
  close(why: KedgeError): void {
    this.closed = why;
    this.restart(why);
  }

  /** Of the store. Once more where the worker was lost meanwhile, by what it was at. */
  #ask<T>(work: (remote: Remote<Engine>) => Promise<unknown>): Promise<T> {
    const once = () => this.#call<T>(storeWithin, work);
    return once().catch((error: KedgeError) => (error.code === 'worker_lost' ? once() : Promise.reject(error)));
  }

  #call<T>(
    {signal, deadlineMs, computes = false, onProgress, lateAt}: Wait,
    work: (remote: Remote<Engine>, call: number) => Promise<unknown>,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      const {remote} = this.#alive();
      const call = this.#nextCall++;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onAbort = () => {
        settle();
        void remote.abort(call).catch(() => {});
        reject(signal!.reason as Error);
      };
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (reason: unknown) => {
        settle();
        reject(isPages(reason) ? reason : toKedgeError(reason, 'worker_lost', 'the worker failed'));
      };
      signal?.addEventListener('abort', onAbort, {once: true});
      if (deadlineMs !== undefined)
        timer = setTimeout(() => {
          if (computes) this.watch?.late();
          fail(new KedgeError('deadline_exceeded', `no answer within ${deadlineMs} ms`));
        }, deadlineMs);
      this.busy.set(call, {since: performance.now(), computes, fail, onProgress, lateAt});
      this.watch?.began();
      work(remote, call)
        .finally(() => this.busy.delete(call))
        .then(value => {
          settle();
          resolve(value as T);
        }, fail);
    });
  }

  #alive(): Life {
    if (this.closed) throw this.closed;
    return (this.#life ??= this.#spawn());
  }

  #spawn(): Life {
    keepErrors();
    const worker = startWorker(this.#descriptor);
    const remote = wrap<Engine>(worker);
    const life = {worker, remote, run: remote.run};
    const onLost = (event: Event) => {
      if (this.#life !== life) return;
      const detail = (event as Partial<ErrorEvent>).message || 'it could not be loaded';
      const why = new KedgeError('worker_lost', `the ${this.#descriptor.name} worker stopped: ${detail}`);
      this.lost = {life: this.#lives, why};
      this.restart(why);
    };
    worker.addEventListener('message', ({data}: MessageEvent<{notice?: Notice}>) => {
      this.watch?.heard();
      if (data.notice) this.#told(life, data.notice);
    });
    worker.addEventListener('error', onLost);
    worker.addEventListener('messageerror', onLost);
    void life.remote.open({...this.#options, marked: readMarker()}).catch(() => {});
    return life;
  }

  #told(life: Life, notice: Notice): void {
    // What a worker tells that was given up meanwhile may not be so any more, least of all after `forget`.
    if (this.#life !== life) return;
    if ('progress' in notice) this.busy.get(notice.call)?.onProgress?.(notice.progress);
    else if ('marked' in notice) writeMarker(notice.marked);
    else this.#onChange(changeOf(notice.change));
  }
}

/** A message that could not be posted, as where the page has no memory for it: what workers tell comes as an Error, whatever it was there. */
const isPages = (reason: unknown) => reason instanceof DOMException || reason instanceof RangeError;

/** comlink keeps a worker until its proxies are collected, and those hang on listeners of the worker itself. */
function end({worker, remote, run}: Life): void {
  run[releaseProxy]();
  remote[releaseProxy]();
  worker.terminate();
}

function fromWireRelease({release, problem}: WireRelease): ReleaseAnswer {
  return {release, problem: problem && (fromWire(problem) as KedgeError)};
}

function startWorker(descriptor: RuntimeDescriptor): Worker {
  try {
    return descriptor.createWorker();
  } catch (cause) {
    throw new KedgeError(
      'runtime_unavailable',
      `${descriptor.name}: no module worker starts here; the page's CSP may refuse it`,
      {cause},
    );
  }
}
