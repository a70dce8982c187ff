import {type Artifact, KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import {readArtifact} from '../install/assemble.js';
import type {ExecutionProvider, Runtime} from '../runtime/runtime.js';
import type {InstalledVersion} from '../store/catalog.js';
import type {Installs} from './installs.js';
import type {Keeping} from './keeping.js';
import {fromWire} from './protocol.js';

/** What a provider was started from last. */
interface LastStart {
  version: string;
  /** Null: the app's own file. */
  file: Artifact | null;
}

export interface StartsOptions {
  runtime: Runtime;
  installs: Installs;
  keeping: Keeping;
  /** Whether to take binaries that manifests pin: after one has failed, the next worker takes the app's own files. */
  pinned: boolean;
}

export interface StartWait {
  signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface StartAnswer {
  /** What was fetched for it. */
  bytes: number;
  /** Why the app's own file serves where the manifest pins one. */
  problem: KedgeError | undefined;
}

interface Begun {
  sha256: string | undefined;
  done: Promise<void>;
}

/** Starts each execution provider's runtime once in this worker: from the binary that a manifest pins, where it fits. */
export class Starts {
  readonly #options: StartsOptions;
  readonly #begun = new Map<ExecutionProvider, Begun>();
  #resumed = Promise.resolve();

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** Starts a provider from what it was started from last, while everything else is still being read. */
  resume(provider: ExecutionProvider): void {
    // What fails shows again, with its reason, when a version is started.
    this.#resumed = this.#resume(provider).catch(() => {});
  }

  async #resume(provider: ExecutionProvider): Promise<void> {
    const {runtime, keeping, pinned} = this.#options;
    const store = (await keeping.stores).all;
    const last = (await store.getSetting(this.#key(provider))) as LastStart | null | undefined;
    // On a first visit the manifest says what to start from.
    if (!last) return;
    if (!last.file || !pinned) return void this.#begin(provider, undefined);
    const wanted = await runtime.binary?.(provider);
    if (wanted?.version !== last.version || wanted.path !== last.file.path) return;
    this.#begin(provider, last.file, await readArtifact(last.file, store));
  }

  /** A version that is on its way will want the provider: what needs no download starts now. */
  async expect(provider: ExecutionProvider, manifest: Manifest): Promise<void> {
    await this.#resumed;
    const {file} = await this.#choose(provider, manifest);
    if (!file && !this.#begun.has(provider)) this.#begin(provider, undefined);
  }

  /**
   * Once for each version that is started; only the first one of a provider has anything to do.
   *
   * @throws KedgeError `runtime_unavailable` when it did not start: the realm can't be used again; the signal's reason
   */
  async start(provider: ExecutionProvider, version: InstalledVersion, wait: StartWait): Promise<StartAnswer> {
    await this.#resumed;
    const {file, problem} = await this.#choose(provider, version.manifest);
    const answer: StartAnswer = {bytes: 0, problem};
    if (!this.#begun.has(provider)) {
      const brought = file && (await this.#bring(file, version, answer, wait));
      // Two versions may have been started at once.
      if (!this.#begun.has(provider)) this.#begin(provider, brought && file, brought);
    }
    const {done, sha256} = this.#begun.get(provider)!;
    await done;
    void this.#remember(provider, file, sha256).catch(() => {});
    return answer;
  }

  /** The file that the manifest pins for this provider, if it fits the package that is here. */
  async #choose(provider: ExecutionProvider, {runtime, model, version}: Manifest) {
    const wanted = this.#options.pinned ? await this.#options.runtime.binary?.(provider) : undefined;
    const file = runtime.files?.find(({path}) => path === wanted?.path);
    if (!wanted || !file || (runtime.package === wanted.package && runtime.version === wanted.version))
      return {file: wanted && file};
    const problem = new KedgeError(
      'runtime_unavailable',
      `${model} ${version} pins ${file.path} of ${runtime.package} ${runtime.version}, and the app has ${wanted.package} ${wanted.version}: the app's own file was used; pack the version with the package that the app has`,
    );
    return {file: undefined, problem};
  }

  /** A binary that can't be had is no reason not to run: the app's own serves. */
  async #bring(file: Artifact, wanting: InstalledVersion, answer: StartAnswer, wait: StartWait) {
    const {installs, keeping} = this.#options;
    try {
      const {bytes, problems} = await installs.bring(file, wanting, wait);
      answer.bytes = bytes;
      if (problems[0]) answer.problem = fromWire(problems[0]) as KedgeError;
      return await readArtifact(file, (await keeping.stores).all);
    } catch (cause) {
      if (wait.signal.aborted) throw wait.signal.reason;
      answer.problem = toKedgeError(cause, 'network', `${file.path}: the app's own file was used`);
      return undefined;
    }
  }

  /** @param bytes of `file`; without it the app's own one serves, which loading a version starts */
  #begin(provider: ExecutionProvider, file: Artifact | undefined, bytes?: Uint8Array<ArrayBuffer>): void {
    const {runtime} = this.#options;
    const done = Promise.resolve(runtime.warm?.(provider, bytes?.buffer)).catch((cause: unknown) => {
      throw toKedgeError(cause, 'runtime_unavailable', file ? `${file.path} from the store did not start` : provider);
    });
    done.catch(() => {});
    this.#begun.set(provider, {sha256: file?.sha256, done});
  }

  /** So that the next visit starts from it at once. A provider that was started from something else is looked at anew there. */
  async #remember(provider: ExecutionProvider, file: Artifact | undefined, begun: string | undefined): Promise<void> {
    const {runtime, keeping, pinned} = this.#options;
    if (!pinned || (begun && !file)) return;
    const [store, version] = [(await keeping.stores).disk, await runtime.version(provider)];
    const next: LastStart | null = file?.sha256 === begun ? {version, file: file ?? null} : null;
    const last = (await store.getSetting(this.#key(provider))) as LastStart | null | undefined;
    const same = last && next && last.version === version && last.file?.sha256 === next.file?.sha256;
    if (!same && (last ?? null) !== next) await store.putSetting(this.#key(provider), next);
  }

  #key(provider: ExecutionProvider): string {
    return `runtime:${this.#options.runtime.name}|${provider}`;
  }
}
