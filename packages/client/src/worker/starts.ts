import {type Artifact, type KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import {readArtifact} from '../install/assemble.js';
import type {ExecutionProvider, Runtime} from '../runtime/runtime.js';
import type {InstalledVersion} from '../store/catalog.js';
import type {Installs, InstallWait} from './installs.js';
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

export interface StartAnswer {
  /** What was fetched for it. */
  bytes: number;
  /** Why the app's own file serves where the manifest pins one. */
  problem: KedgeError | undefined;
}

interface Begun {
  /** Undefined: the app's own. */
  file: Artifact | undefined;
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
    const store = (await this.#options.keeping.stores).all;
    const last = (await store.getSetting(this.#key(provider))) as LastStart | null | undefined;
    // On a first visit the manifest says what to start from.
    if (!last) return;
    const wanted = last.file && (await this.#wanted(provider));
    if (!wanted) return this.#begin(provider);
    if (wanted.version === last.version && wanted.path === last.file?.path)
      this.#begin(provider, last.file, await readArtifact(last.file, store));
  }

  /** A version that is on its way will want the provider: what needs no download starts now. */
  async expect(provider: ExecutionProvider, manifest: Manifest): Promise<void> {
    await this.#resumed;
    if (!pinnedBy(manifest, await this.#wanted(provider))) this.#begin(provider);
  }

  /**
   * Once for each version that is started; only the first one of a provider has anything to do.
   *
   * @throws KedgeError `runtime_unavailable` when it did not start: the realm can't be used again; the signal's reason
   */
  async start(provider: ExecutionProvider, version: InstalledVersion, wait: InstallWait): Promise<StartAnswer> {
    await this.#resumed;
    const answer: StartAnswer = {bytes: 0, problem: undefined};
    const wanted = await this.#wanted(provider);
    const file = pinnedBy(version.manifest, wanted);
    if (wanted && file && this.#begun.get(provider)?.file?.sha256 !== file.sha256) {
      const {binary, problem, bytes} = await this.#options.installs.binary({file, wanted, version}, wait);
      Object.assign(answer, {bytes, problem: problem && fromWire(problem)});
      // Two versions may have been started at once.
      if (binary) this.#begin(provider, file, binary);
    }
    this.#begin(provider);
    const begun = this.#begun.get(provider)!;
    await begun.done;
    void this.#remember(provider, begun.file, file).catch(() => {});
    return answer;
  }

  async #wanted(provider: ExecutionProvider) {
    const {pinned, runtime} = this.#options;
    return pinned ? runtime.binary?.(provider) : undefined;
  }

  /** Once in a realm. @param binary of `file`; without it the app's own one serves */
  #begin(provider: ExecutionProvider, file?: Artifact, binary?: Uint8Array<ArrayBuffer>): void {
    if (this.#begun.has(provider)) return;
    const done = Promise.resolve(this.#options.runtime.warm?.(provider, binary?.buffer)).catch((cause: unknown) => {
      throw toKedgeError(cause, 'runtime_unavailable', file ? `${file.path} from the store did not start` : provider);
    });
    done.catch(() => {});
    this.#begun.set(provider, {file, done});
  }

  /** So that the next visit starts from it at once. A provider that was started from something else is looked at anew there. */
  async #remember(provider: ExecutionProvider, begun: Artifact | undefined, file: Artifact | undefined): Promise<void> {
    const {runtime, keeping, pinned} = this.#options;
    if (!pinned || (begun && !file)) return;
    const [{disk}, version, key] = [await keeping.stores, await runtime.version(provider), this.#key(provider)];
    const next: LastStart | null = file?.sha256 === begun?.sha256 ? {version, file: file ?? null} : null;
    if (nameOf((await disk.getSetting(key)) as LastStart | null) !== nameOf(next)) await disk.putSetting(key, next);
  }

  #key(provider: ExecutionProvider): string {
    return `runtime:${this.#options.runtime.name}|${provider}`;
  }
}

function pinnedBy({runtime}: Manifest, wanted: {path: string} | undefined): Artifact | undefined {
  return runtime.files?.find(({path}) => path === wanted?.path);
}

const nameOf = (last: LastStart | null | undefined) => last && `${last.version} ${last.file?.sha256}`;
