import {type Artifact, type Manifest, toKedgeError} from '@kedge/core';
import {readArtifact, readModel} from '../install/assemble.js';
import {fetchMs, within} from '../runtime/within.js';
import type {ExecutionProvider, MemoryImage, Runtime, StartFrom} from '../runtime/runtime.js';
import type {InstalledVersion} from '../store/catalog.js';
import {holding} from '../store/lock.js';
import type {Store} from '../store/store.js';
import type {FoundImage, Images, ReadBinary} from './images.js';
import type {Installs, InstallWait} from './installs.js';
import type {Keeping} from './keeping.js';
import {gpuFile, imageFile} from './later.js';
import type {WireError} from './protocol.js';

/** What a provider was started from last. */
interface LastStart {
  version: string;
  /** Null: the app's own file. */
  file: Artifact | null;
  /** Of the version that was started first. */
  digest?: string | undefined;
}

export type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** After so long a page that asks for no version does not hold the bytes of one any more. */
const aheadMs = 10_000;

export interface StartsOptions {
  runtime: Runtime;
  installs: Installs;
  keeping: Keeping;
  /** Whether to take binaries that manifests pin: after one has failed, the next worker takes the app's own files. */
  pinned: boolean;
  /** How long the start of a runtime may take whose binary is at hand. */
  hangMs: number;
}

export interface StartAnswer {
  /** What was fetched for it. */
  bytes: number;
  /** Why the app's own file serves where the manifest pins one. */
  problem?: WireError | undefined;
}

/** What a start begins with in place of the app's own file. */
interface From extends StartFrom {
  file: Artifact;
  found?: FoundImage | undefined;
}

interface Begun {
  /** Undefined: the app's own. */
  file: Artifact | undefined;
  found: FoundImage | undefined;
  /** Resolves with the image that it left, where it began without. */
  done: Promise<MemoryImage | undefined>;
}

/** Starts each execution provider's runtime once in this worker: from the binary that a manifest pins, where it fits. */
export class Starts {
  readonly #options: StartsOptions;
  /** Without its file there are none. */
  #images: Promise<Images | undefined> | undefined;
  readonly #begun = new Map<ExecutionProvider, Begun>();
  #resumed = Promise.resolve();
  /** Files of the version that will be asked for, if this page does as the last one did. */
  #ahead: {digest: string; files: Promise<Files | undefined>} | undefined;
  #first: string | undefined;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** Starts a provider from what it was started from last, while everything else is still being read. */
  resume(provider: ExecutionProvider): void {
    // What fails shows again, with its reason, when a version is started.
    this.#resumed = this.#resume(provider).catch(() => {});
  }

  async #resume(usual: ExecutionProvider): Promise<void> {
    const store = (await this.#options.keeping.stores).all;
    // By the last choice. A page that is isolated no more has one thread.
    const chosen = globalThis.crossOriginIsolated && (await store.getSetting(this.#key(usual) + '|chosen'));
    const provider = (chosen as ExecutionProvider | undefined) || usual;
    const last = (await store.getSetting(this.#key(provider))) as LastStart | null | undefined;
    // On a first visit the manifest says what to start from.
    if (!last) return;
    if (last.digest) this.#readAhead(last.digest, store);
    const wanted = last.file && (await this.#wanted(provider));
    if (!wanted) return this.#begin(provider);
    const {file} = last;
    if (!file || wanted.version !== last.version || wanted.path !== file.path) return;
    // Without its file the start reads the binary.
    const images = await this.#kept();
    const from = await images?.read(this.#imageKey(provider), file.sha256, this.#reading(file));
    if (from) this.#begin(provider, {file, ...from});
  }

  #readAhead(digest: string, store: Store): void {
    const read = async () => {
      const record = await store.getRecord(digest);
      return record?.state === 'active' ? readModel(record.manifest, store, this.#options.runtime.lends) : undefined;
    };
    const files = holding(read);
    // Why it can't be read is for who asks for it.
    files.catch(() => {});
    this.#ahead = {digest, files};
    setTimeout(() => (this.#ahead = undefined), aheadMs);
  }

  /** The files of a version, once, if they were read already or are being read. @throws KedgeError as `readModel` */
  async filesAhead(digest: string): Promise<Files | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#first ??= digest;
    return ahead?.digest === digest ? ahead.files : undefined;
  }

  /** A version that is on its way will want the provider: what needs no download starts now. */
  async expect(provider: ExecutionProvider, manifest: Manifest): Promise<void> {
    await this.#resumed;
    if (!pinnedBy(manifest, await this.#wanted(provider))) this.#begin(provider);
  }

  /**
   * Once for each version that is started; only the first one of a provider has anything to do.
   *
   * @throws KedgeError `runtime_unavailable` when it did not start: the realm can't be used again; ImageRefused; the signal's reason
   */
  async start(provider: ExecutionProvider, version: InstalledVersion, wait: InstallWait): Promise<StartAnswer> {
    await this.#resumed;
    let answer: StartAnswer = {bytes: 0};
    const wanted = await this.#wanted(provider);
    const file = pinnedBy(version.manifest, wanted);
    if (wanted && file && this.#begun.get(provider)?.file?.sha256 !== file.sha256) {
      const {binary, ...rest} = await this.#options.installs.binary({file, wanted, version}, wait);
      answer = rest;
      // Two versions may have been started at once.
      if (binary) this.#begin(provider, {file, binary});
    }
    this.#begin(provider);
    const {file: began, found, done} = this.#begun.get(provider)!;
    const image = await done;
    void this.#remember(provider, began, file).catch(() => {});
    if (began) {
      const taken = {began, found, image, pinned: file, manifest: version.manifest, readBinary: this.#reading(began)};
      await (await this.#kept())?.took(this.#imageKey(provider), taken);
    }
    return answer;
  }

  /**
   * Whether a runtime that began with an image does its work is known by the first session in it.
   *
   * @param work loads and tests one; `anew`: also if the version has passed its test before
   * @throws ImageRefused where the image may be to blame; what `work` throws
   */
  async proving<T>(provider: ExecutionProvider, work: (anew: boolean) => Promise<T>): Promise<T> {
    const found = this.#begun.get(provider)?.found;
    const images = found && !found.proven && (await this.#kept());
    return images ? images.prove(this.#imageKey(provider), found, () => work(true)) : work(false);
  }

  #kept(): Promise<Images | undefined> {
    const load = async () => new (await imageFile()).Images(this.#options.keeping);
    return (this.#images ??= load().catch(() => undefined));
  }

  #reading(file: Artifact): ReadBinary {
    return async add => readArtifact(file, (await this.#options.keeping.stores).all, add);
  }

  async #wanted(provider: ExecutionProvider) {
    const {pinned, runtime} = this.#options;
    return pinned ? runtime.binary?.(provider) : undefined;
  }

  /** Once in a realm. @param from without it the app's own file serves */
  #begin(provider: ExecutionProvider, from?: From): void {
    if (this.#begun.has(provider)) return;
    const done = this.#warm(provider, from);
    done.catch(() => {});
    this.#begun.set(provider, {file: from?.file, found: from?.found, done});
  }

  async #warm(provider: ExecutionProvider, from: From | undefined): Promise<MemoryImage | undefined> {
    const {runtime, hangMs} = this.#options;
    try {
      const warm = Promise.all([runtime.warm?.(provider, from), provider === 'webgpu' && gpuAnswers()]);
      return (await within(hangMs + (from ? 0 : fetchMs), warm))[0];
    } catch (cause) {
      if (from?.found) await (await this.#kept())?.refuse(this.#imageKey(provider), from.found, cause);
      const what = from ? `${from.file.path} from the store did not start` : provider;
      throw toKedgeError(cause, 'runtime_unavailable', what);
    }
  }

  /** So that the next visit starts from it at once. A provider that was started from something else is looked at anew there. */
  async #remember(provider: ExecutionProvider, begun: Artifact | undefined, file: Artifact | undefined): Promise<void> {
    const {runtime, keeping, pinned} = this.#options;
    if (!pinned || (begun && !file)) return;
    const [{disk}, version, key] = [await keeping.stores, await runtime.version(provider), this.#key(provider)];
    const digest = this.#first;
    const next: LastStart | null = file?.sha256 === begun?.sha256 ? {version, file: file ?? null, digest} : null;
    if (nameOf((await disk.getSetting(key)) as LastStart | null) !== nameOf(next)) await disk.putSetting(key, next);
  }

  #key(provider: ExecutionProvider): string {
    return `runtime:${this.#options.runtime.name}|${provider}`;
  }

  #imageKey(provider: ExecutionProvider): string {
    return `runtime-image:${this.#options.runtime.name}|${provider}`;
  }
}

const gpuAnswers = async () => (await gpuFile()).needAdapter();

function pinnedBy({runtime}: Manifest, wanted: {path: string} | undefined): Artifact | undefined {
  return runtime.files?.find(({path}) => path === wanted?.path);
}

const nameOf = (last: LastStart | null | undefined) => last && `${last.version} ${last.file?.sha256} ${last.digest}`;
