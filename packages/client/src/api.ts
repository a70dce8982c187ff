import type {TelemetryState} from './telemetry/state.js';
import type {Attributes, ErrorCode, Jwk, KedgeError, Manifest, Release, Source} from '@kedge/core';
import type {Explanation} from './choice/explain.js';
import type {ChoiceOptions, ExplainOptions} from './choice/options.js';
import type {ExecutionProvider, TensorData, Tensors} from './runtime/runtime.js';
import type {StorageChange, StorageReport} from './store/api.js';
import type {Stream, StreamOptions} from './stream/api.js';

/** How much the device tells: nothing; counts without a unit's id; or events under a salted hash of it. */
export type Consent = 'off' | 'counts' | 'events';

/** A runtime as the app names it; its code runs in the worker that `createWorker` starts. */
export interface RuntimeDescriptor {
  readonly name: string;
  /** Manifest formats that it loads. */
  readonly formats: readonly Manifest['format'][];
  /** Must start a module worker that serves this runtime (see `@kedge/client/onnx`). */
  createWorker(): Worker;
  /** Only these execution providers, in this order. @default what the device has */
  readonly providers?: readonly ExecutionProvider[];
}

export interface KedgeOptions {
  /** Base address of the registry, or of several that hold the same, the preferred one first; relative addresses are taken from the page. */
  registry: string | readonly string[];
  channel: string;
  /** Public P-256 keys (JWK); a release must be signed by one of them. */
  trustedKeys: readonly Jwk[];
  runtimes: readonly RuntimeDescriptor[];
  /** Device, visitor or account: 1 to 1 024 characters. Used on the device; sent only as a salted hash. */
  unitId: string;
  /** For targeting; never sent. */
  attributes?: Attributes;
  /** Without a collector nothing is recorded. */
  collector?: CollectorOptions;
  /** How long an expired release still serves when the network is down, in hours. @default 168 */
  graceHours?: number;
  /** Longest wait for the network when a stored release could serve instead, in milliseconds. @default 0: the stored one serves at once, and the network's answer takes effect when it arrives */
  releaseWaitMs?: number;
  /** How often the registry is asked for a newer release while the page is visible and online, in seconds; each time up to a quarter sooner or later. 0 asks at the start only. @default 300 */
  pollSeconds?: number;
  /** What the app was built with, so that it starts with no network at all. */
  embedded?: Embedded;
  download?: DownloadTuning;
  /** How the fastest execution provider is found. */
  choice?: ChoiceOptions;
  /** What all models together may store on this device, in bytes. @default no limit but the browser's quota */
  storageBudgetBytes?: number;
  /** A worker that computes and gives no sign of life for so long is ended, in seconds, more than 0; Infinity: never. @default 60 */
  hangSeconds?: number;
  /** Bytes of models that may share a worker; one that does not fit beside the others gets its own. @default 512 MiB */
  workerBudgetBytes?: number;
  /** Keeps a second worker with the same versions, which computes while the first is busy and goes on at once where that is lost. A version has one where twice the bytes of all that do stay within `workerBudgetBytes`, see `explain`. @default false */
  spare?: boolean;
  signal?: AbortSignal;
}

/** Texts of registry files, verified like any that are fetched. */
export interface Embedded {
  /** `channels/<channel>.json`. The highest of this one, the stored one and the registry's is in force. */
  release: string;
  /** `manifests/<sha256>.json`, of the versions that it names. */
  manifests?: readonly string[];
}

export interface CollectorOptions {
  /** Base address; events go to `<url>/v1/events`. */
  url: string;
  writeKey: string;
  /** @default 'events', or 'off' where Global Privacy Control is on */
  consent?: Consent;
}

export interface DownloadTuning {
  /** Requests at a time, 1 to 6. @default 3 */
  lanes?: number;
  /** A request is given up, and made again, when nothing came for so long, in seconds; Infinity: never. @default 15 */
  stallSeconds?: number;
}

export type Progress =
  /** Nothing comes: another tab downloads, the network is off, or a server asked for a pause. `retryInMs` is null where nobody knows. */
  | {state: 'waiting'; reason: 'other_tab' | 'offline' | 'retry'; retryInMs: number | null}
  /**
   * `loadedBytes` of the version are verified, `reusedBytes` of them needed no download. Speed is that of the last seconds; it
   * and `remainingMs` are null until there is evidence.
   */
  | {
      state: 'downloading';
      loadedBytes: number;
      totalBytes: number;
      reusedBytes: number;
      bytesPerSecond: number | null;
      remainingMs: number | null;
    }
  /** Files are made from those of an older version. */
  | {state: 'patching'; loadedBytes: number; totalBytes: number}
  | {state: 'starting'; provider: ExecutionProvider}
  | {state: 'testing'; provider: ExecutionProvider}
  | {state: 'ready'; provider: ExecutionProvider; downloadedBytes: number};

export interface ModelOptions {
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
  /**
   * The naive answer when no version can serve, at once: one of the manifest's outputs or more, each a typed array whose shape
   * follows from the TensorSpec and the sizes of the inputs, or `{data, shape}`. What does not fit is `output_invalid`.
   *
   * @default the manifest's baseline
   */
  baseline?(inputs: Tensors): Record<string, Input>;
}

/** An input: a typed array whose shape follows from the TensorSpec, or a tensor. */
export type Input = TensorData | {data: TensorData; shape: readonly number[]};

export interface PredictOptions {
  /** Rejects at once with its reason; a late answer is discarded. */
  signal?: AbortSignal;
  /**
   * Rejects with `deadline_exceeded`, or answers with the baseline where there is one; at once where the calls before it take
   * longer.
   *
   * @default none
   */
  deadlineMs?: number;
  /** Of what waits for the worker, the highest goes first, and equals in the order of their calls. @default 0 */
  priority?: number;
  /**
   * `latest`: of this model's calls in this mode only the newest waits; those that it replaces reject at once with
   * `superseded`. What is computed already is finished. @default 'queue'
   */
  mode?: 'queue' | 'latest';
  /** Gives the inputs' buffers away: they are detached when `predict` returns, and nothing is copied but views of parts of buffers. @default false: the arrays stay the caller's */
  transfer?: boolean;
  /** An abort of a call that is being computed ends the worker and starts a new one. Other calls do not notice but for the time. @default false */
  terminate?: boolean;
}

export interface PredictManyOptions extends Omit<PredictOptions, 'mode'> {
  /** Inputs that are taken ahead of what was read of the results, 1 to 1 024. @default 32 */
  concurrency?: number;
}

export interface Served {
  model: string;
  /** Null when the baseline answered. */
  version: string | null;
  /** The manifest's address; null when the baseline answered. */
  digest: string | null;
  experiment: string | null;
  /** The arm assigned, also when something else answered. */
  variant: string | null;
  executionProvider: ExecutionProvider | null;
  source: Source;
  /** Why: `assigned`, `champion`, or the error code that made `previous` or `baseline` answer. */
  reason: 'assigned' | 'champion' | ErrorCode;
}

export interface Prediction {
  /** Names this prediction for `label`, in this tab or another, now or days later. */
  id: string;
  outputs: Tensors;
  served: Served;
  latencyMs: number;
}

/** The truth about a prediction: its class (index, or one of the manifest's names), whether it was right, or its true value. */
export type Label = {class: number | string} | {correct: boolean} | {value: number};

export interface Model {
  readonly name: string;
  /** What serves the next call without a deadline: the version, the arm and why. */
  readonly served: Served;
  /** Undefined while only a baseline without a manifest can answer. */
  readonly manifest: Manifest | undefined;
  /** What went wrong on the way, the newest last; empty when the assigned version serves. */
  readonly problems: readonly KedgeError[];
  predict(inputs: Record<string, Input>, options?: PredictOptions): Promise<Prediction>;
  /**
   * Predicts each of many inputs, a few at a time, and gives the results in their order. One that fails is an item of its own.
   *
   * @throws the signal's reason, and what the source of the inputs throws, after the results of what came before
   */
  predictMany(
    inputs: Iterable<Record<string, Input>> | AsyncIterable<Record<string, Input>>,
    options?: PredictManyOptions,
  ): AsyncIterableIterator<PromiseSettledResult<Prediction>>;
  /** Runs of a model that keeps a state, carried from each to the next. @throws TypeError for a state that it does not have, or whose first value is not known */
  stream(options: StreamOptions): Promise<Stream>;
  /** Frees what the version holds, once no other model of this page answers with it; what was asked before is still answered. To predict again, call `model()` again. Safe to call twice. */
  release(): Promise<void>;
}

/** What `on` tells, by the event's name. */
export interface KedgeEvents {
  /** Another release has come into force on this page, from the registry or from another tab. */
  release: {
    release: Release;
    /** Undefined when there was none. */
    previousVersion: number | undefined;
  };
  /** What is stored on this device has changed without being asked for. */
  storage: StorageChange;
}

export interface Kedge {
  readonly unitId: string;
  /** The release that is in force; undefined while none could be had. */
  readonly release: Release | undefined;
  /** Why there is no release, or no newer one; undefined after the registry's was accepted. */
  readonly releaseProblem: KedgeError | undefined;
  /**
   * Assigns the unit, installs what it needs, and starts it.
   *
   * Rejects only for misuse, abort, and when nothing at all can answer: no version works and there is no baseline.
   */
  model(name: string, options?: ModelOptions): Promise<Model>;
  /** The truth, whenever it is known. Never throws: an unknown prediction is counted as dropped. */
  label(predictionId: string, label: Label): void;
  /** A business metric of this unit, in the unit of your choice. Never throws. */
  metric(name: string, value: number): void;
  /** The same client for another unit: shares worker, store and outbox. For servers and simulations. */
  forUnit(unitId: string, attributes?: Attributes): Kedge;
  /**
   * Tells `listener` each time; one that throws shows as an uncaught error of the page and stops nothing.
   *
   * @returns stops telling it
   */
  on<Name extends keyof KedgeEvents>(event: Name, listener: (detail: KedgeEvents[Name]) => void): () => void;
  /** Asks the registry for a newer release now. */
  refresh(options?: {signal?: AbortSignal}): Promise<void>;
  /** Which execution providers a model could run on here, how fast and how right each was, which serves and why. @throws KedgeError `network` when the file that knows can't be fetched; the signal's reason */
  explain(name: string, options?: ExplainOptions): Promise<Explanation>;
  /**
   * What is stored on this device, since when, and what was removed and why.
   *
   * @throws KedgeError `deadline_exceeded` when the worker does not answer within 10 seconds: it died without a word, or computes
   */
  storage(): Promise<StorageReport>;
  /**
   * Asks the browser not to evict what is stored. Call it in answer to a click: some browsers ask the person, and most
   * refuse a page that nobody has used yet.
   *
   * @returns whether it was granted, now or before; never rejects
   */
  persist(): Promise<boolean>;
  telemetry(): Promise<TelemetryState>;
  setConsent(consent: Consent): Promise<void>;
  /** Sends what waits. */
  flush(options?: {signal?: AbortSignal}): Promise<void>;
  /** Removes every model, release, event and identity from this device. The client is closed by it. */
  forget(): Promise<void>;
  /** Releases worker and connections; pending calls reject with `closed`. Safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
