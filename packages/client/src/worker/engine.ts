import {type ErrorCode, KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import {transfer} from 'comlink';
import type {Progress} from '../api.js';
import type {StorageReport} from '../store/api.js';
import {isLent, readModel} from '../install/assemble.js';
import type {DownloadOptions} from '../install/download.js';
import {realm} from '../realm.js';
import {type ReleaseAnswer, type ReleaseOptions, ReleaseSource} from '../release/source.js';
import {Manifests} from '../release/manifest.js';
import {areFine} from '../runtime/fine.js';
import type {ExecutionProvider, Runtime, Session, Tensors} from '../runtime/runtime.js';
import type {InstalledVersion} from '../store/catalog.js';
import {goldenKey} from '../store/golden.js';
import type {CatalogRecord} from '../store/record.js';
import type {Store} from '../store/store.js';
import {holding} from '../store/lock.js';
import {type Installed, Installs, type InstallWait, type Wanted} from './installs.js';
import {asSpent, type Spent, type Started, type WireAnswer, type WireRelease} from './answers.js';
import {Keeping, type KeepingOptions, type OpenDisk} from './keeping.js';
import {goldenFile, gpuFile, packedFile, tryingFile} from './later.js';
import type {Notice} from './notice.js';
import {ownBuffers} from './own-buffers.js';
import {toWire} from './protocol.js';
import {type Files, Starts} from './starts.js';

export interface EngineOptions extends ReleaseOptions, DownloadOptions, Pick<KeepingOptions, 'budgetBytes' | 'marked'> {
  /** Texts of manifests that came with the app. */
  embeddedManifests: readonly string[];
  /** What `warm` starts: while the store is read, or once it is known that a version of this runtime's format is to run. */
  warm: {provider: ExecutionProvider; at: 'open' | 'install'} | undefined;
  /** Whether runtimes start from the binaries that manifests pin. */
  pinned: boolean;
  /** @default 60 */
  hangSeconds?: number | undefined;
}

interface GoldenTest {
  record: CatalogRecord;
  session: Session;
  provider: ExecutionProvider;
  store: Store;
  onProgress(progress: Progress): void;
  /** Also if it was passed before. */
  anew: boolean;
}

type Trying = Awaited<ReturnType<typeof tryingFile>>;

/** The worker's side: store, download, runtime and sessions. Model bytes never leave it. */
export class Engine {
  readonly #runtime: Runtime;
  readonly #openDisk: OpenDisk | undefined;
  /** By the call that started each, so that an abort which comes too late for it still ends it. */
  readonly #sessions = new Map<number, {session: Session; manifest: Manifest; digest: string}>();
  readonly #aborts = new Map<number, AbortController>();
  /** Since `open`. */
  #rooms!: {keeping: Keeping; installs: Installs; releases: ReleaseSource; manifests: Manifests; starts: Starts};
  readonly #tell: (notice: Notice) => void;
  #toWarm: ExecutionProvider | undefined;

  /**
   * @param tell told of what changes in the store, and how far calls are
   * @param openDisk where versions are kept. @default IndexedDB
   */
  constructor(runtime: Runtime, tell: (notice: Notice) => void, openDisk?: OpenDisk) {
    this.#runtime = runtime;
    this.#tell = tell;
    this.#openDisk = openDisk;
  }

  /** Must be the first call. */
  open(options: EngineOptions): void {
    const tell = this.#tell;
    const sessions = () => new Set([...this.#sessions.values()].map(({digest}) => digest));
    const keeping = new Keeping({...options, sessions, tell}, this.#openDisk);
    const manifests = new Manifests(options.embeddedManifests);
    const installs = new Installs({...options, tell}, keeping, manifests);
    const releases = new ReleaseSource(() => this.#disk(), options);
    const {hangSeconds = 60} = options;
    const hangMs = 1000 * hangSeconds;
    const starts = new Starts({...options, runtime: this.#runtime, installs, keeping, hangMs});
    if (this.#runtime.patience) this.#runtime.patience.hangMs = hangMs;
    this.#rooms = {keeping, installs, releases, manifests, starts};
    if (options.warm?.at === 'open') starts.resume(options.warm.provider);
    this.#toWarm = options.warm?.provider;
  }

  /** Its manifest is in the catalog before the first chunk is fetched. */
  async #warmFor(digest: string): Promise<void> {
    const store = (await this.#rooms.keeping.stores).storeOf(digest);
    const manifest = this.#toWarm && (await store.getRecord(digest))?.manifest;
    if (!this.#toWarm || !manifest || !this.#runtime.formats.includes(manifest.format)) return;
    const provider = this.#toWarm;
    this.#toWarm = undefined;
    await this.#rooms.starts.expect(provider, manifest);
  }

  async storedRelease(): Promise<WireRelease> {
    return this.#heeded(await this.#rooms.releases.stored());
  }

  async newestRelease(call: number): Promise<WireRelease> {
    const {releases} = this.#rooms;
    return this.#abortable(call, async signal => this.#heeded(await releases.newest(signal)));
  }

  #heeded({release, problem}: ReleaseAnswer): WireRelease {
    const {installs, keeping} = this.#rooms;
    installs.prepare(release);
    if (release) keeping.heed(release);
    return {release, problem: problem && toWire(problem)};
  }

  install(call: number, wanted: Wanted): Promise<Installed> {
    const warmFor = () => void this.#warmFor(wanted.digest).catch(() => {});
    if (!this.#rooms.installs.isNew) warmFor();
    const onProgress = (progress: Progress) => {
      this.#tell({call, progress});
      warmFor();
    };
    return this.#abortable(call, signal => this.#rooms.installs.install(wanted, {signal, onProgress}));
  }

  /**
   * Loads an installed version and checks its golden outputs, once for each runtime, provider and browser.
   *
   * @throws KedgeError `golden_mismatch`, `model_invalid`, `runtime_unavailable`, `storage_unavailable`; the signal's reason
   */
  start(call: number, digest: string, provider: ExecutionProvider): Promise<Started | Spent> {
    const onProgress = (progress: Progress) => this.#tell({call, progress});
    return this.#abortable(call, async signal => {
      const started = await this.#start(digest, provider, {signal, onProgress}, call).catch(asSpent);
      void this.#rooms.keeping.look().catch(() => {});
      return started;
    });
  }

  async #start(digest: string, asked: ExecutionProvider, wait: InstallWait, handle: number): Promise<Started> {
    const provider = this.#runtime.standing?.(asked) ?? asked;
    const {keeping, starts, installs} = this.#rooms;
    const {onProgress} = wait;
    const problems = [...((await installs.stored(digest))?.problems ?? [])];
    onProgress({state: 'starting', provider});
    const store = (await keeping.stores).storeOf(digest);
    const record = await store.getRecord(digest);
    if (!record) throw new KedgeError('storage_unavailable', `version ${digest} is not installed`);
    const {manifest} = record;
    // Never tested: the file for it comes while the runtime starts, and where it does not, the test says so.
    if (record.state === 'verified') goldenFile().catch(() => {});
    const ahead = starts.filesAhead(digest);
    const [files, {bytes: startedBytes, problem}] = await Promise.all([
      ahead.then(read => read ?? holding(() => readModel(manifest, store, this.#runtime.lends), wait.signal)),
      starts.start(provider, record, wait),
    ]);
    const session = await starts.proving(provider, async anew => {
      const loaded = await this.#load(manifest, files, provider);
      const test = () => this.#test({record, session: loaded, provider, store, onProgress, anew});
      try {
        await holding(test, wait.signal);
        wait.signal.throwIfAborted();
        return loaded;
      } catch (error) {
        await loaded.release();
        throw error;
      }
    });
    this.#sessions.set(handle, {session, manifest, digest});
    await keeping.noteServing(digest);
    if (problem) problems.push(problem);
    return {handle, provider, startedBytes, problems};
  }

  async #load(manifest: Manifest, files: Files, provider: ExecutionProvider): Promise<Session> {
    const loading = () => this.#runtime.load(manifest, files, provider);
    const lent = [...files.values()].filter(isLent);
    return lent[0] ? (await packedFile()).reading(lent, loading) : loading();
  }

  async #test({record, session, provider, store, onProgress, anew}: GoldenTest): Promise<void> {
    const {digest, manifest} = record;
    const key = goldenKey(digest, await this.#where(provider));
    if (!anew && (await store.getSetting(key)) === true) return;
    onProgress({state: 'testing', provider});
    await (await goldenFile()).checkStored(manifest, session, store, provider);
    await store.putSetting(key, true).catch(() => {});
  }

  /** What holds on one runtime version, provider, GPU and browser may not hold on another. */
  async #where(provider: ExecutionProvider): Promise<string> {
    const gpu = provider === 'webgpu' ? ` ${await (await gpuFile()).adapterName()}` : '';
    return `${this.#runtime.name} ${await this.#runtime.version(provider)}|${provider}${gpu}|${realm.userAgent}`;
  }

  /** A setting, and under which circumstances it would be written now. */
  async recall(key: string, provider: ExecutionProvider): Promise<[unknown, string]> {
    return [await (await this.#disk()).getSetting(key), await this.#where(provider)];
  }

  async remember(key: string, value: unknown): Promise<void> {
    await (await this.#disk()).putSetting(key, value);
  }

  /** No execution provider gives the right numbers, or can load it. */
  failed(digest: string, code: ErrorCode): Promise<void> {
    return this.#rooms.keeping.noteFailed(digest, code);
  }

  /** Of a version whose manifest is on this device, installed or not; undefined for any other. */
  async manifestOf(digest: string): Promise<Manifest | undefined> {
    const {manifests, keeping} = this.#rooms;
    return manifests.onDevice(digest, (await keeping.stores).all);
  }

  previous(model: string, except: readonly string[]): Promise<InstalledVersion | undefined> {
    return this.#rooms.keeping.previous(model, except);
  }

  /** @throws KedgeError `input_invalid`, `output_invalid`, `worker_lost` when the handle is of an earlier worker */
  async run(handle: number, inputs: Tensors): Promise<WireAnswer> {
    const loaded = this.#sessions.get(handle);
    if (!loaded) throw new KedgeError('worker_lost', `session ${handle} is not in this worker; load it again`);
    const beganMs = performance.now();
    const {manifest} = loaded;
    if (!areFine(manifest.inputs, inputs)) (await goldenFile()).checkInputs(manifest, inputs);
    const outputs = await loaded.session.run(inputs).catch((cause: unknown) => {
      const {model, version} = manifest;
      throw toKedgeError(cause, 'model_invalid', `${model} ${version}: run failed`);
    });
    if (!areFine(manifest.outputs, outputs, true)) (await goldenFile()).checkOutputs(manifest, outputs);
    return transfer({outputs, inputs, ms: performance.now() - beganMs}, ownBuffers(outputs, inputs));
  }

  async release(handle: number): Promise<void> {
    const loaded = this.#sessions.get(handle);
    this.#sessions.delete(handle);
    await loaded?.session.release();
  }

  /** @returns milliseconds of warm runs, see runtime/timing.ts */
  time(handle: number, budgetMs: number): Promise<number[]> {
    return this.#tried('time', handle, budgetMs);
  }

  /** @returns how many rows may be run as one batch, see runtime/batches.ts */
  batches(handle: number): Promise<number[]> {
    return this.#tried('batches', handle, 0);
  }

  async #tried(what: keyof Trying, handle: number, budgetMs: number): Promise<number[]> {
    const [trying, {all}] = await Promise.all([tryingFile(), this.#rooms.keeping.stores]);
    const {manifest, session} = this.#sessions.get(handle)!;
    return trying[what](manifest, session, all, budgetMs);
  }

  abort(call: number): void {
    this.#aborts.get(call)?.abort();
    void this.release(call);
  }

  storage(): Promise<StorageReport> {
    return this.#rooms.keeping.report();
  }

  async forget(): Promise<void> {
    await (await this.#rooms.keeping.stores).all.clear();
  }

  async #disk(): Promise<Store> {
    return (await this.#rooms.keeping.stores).disk;
  }

  async #abortable<T>(call: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#aborts.set(call, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#aborts.delete(call);
    }
  }
}
