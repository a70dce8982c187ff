import {type Artifact, type ErrorCode, isKedgeError, KedgeError, type Manifest} from '@kedge/core';
import type {GivenImage, MemoryImage} from '../runtime/runtime.js';
import {compiling} from '../onnx/compiling.js';
import {covers, type Functions, functionsFrom, union} from '../onnx/functions.js';
import {realm} from '../realm.js';
import type {Keeping} from './keeping.js';
import {readImage} from '../store/image.js';

/** What is known of the image that is kept under a key. */
export interface About {
  /** What it is an image of: a binary in one browser. */
  of: string;
  digest: string;
  /** Starts that began with it while it was new. */
  tries: number;
  state: 'new' | 'proven' | 'failed';
  /** Of the binary that is kept with it; undefined where none is. */
  functions?: Functions | undefined;
  /** What versions that were started here call; `'all'` where one does not say. */
  wanted?: Functions | 'all' | undefined;
  /** A function was called that the kept binary does not have. */
  trapped?: boolean;
}

export interface FoundImage {
  image: GivenImage;
  /** Whether a start from it has given right numbers. */
  proven: boolean;
  /** Of the binary that it came with, where that starts. */
  functions?: Functions | undefined;
}

/** @param add told of its bytes as they are read */
export type ReadBinary = (add?: (bytes: Uint8Array<ArrayBuffer>) => void) => Promise<Uint8Array<ArrayBuffer>>;

/** A runtime that stands, and a version that comes to it. */
export interface Taken {
  /** The binary that it began with. */
  began: Artifact;
  found: FoundImage | undefined;
  /** What it left, where it began without. */
  image: MemoryImage | undefined;
  /** The binary that the version pins. */
  pinned: Artifact | undefined;
  manifest: Manifest;
  readBinary: ReadBinary;
}

/** A tab may be closed in the middle of one. */
const maxTries = 2;

/** Images of the memory that starts of a runtime left, one for each key. None is used that failed once, or whose first starts never ended. */
export class Images {
  readonly #keeping: Keeping;
  #kept = Promise.resolve();

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  /** What a start begins with: the image with its own binary; else the whole binary, compiled while it is read, and the image. */
  async read(key: string, sha256: string, readBinary: ReadBinary) {
    const about = await this.#about(key, imageOf(sha256)).catch(() => undefined);
    // There is none to be trusted where it can't be read: a start goes without.
    const finding = about && this.#find(key, about).catch(() => undefined);
    const found = about && fits(about) ? await finding : undefined;
    if (found?.image.binary) return fromOwn(found, found.image.binary, () => this.#giveUp(key, found));
    const compiled = compiling();
    const [binary, whole] = await Promise.all([readBinary(compiled?.add), finding]).finally(() => compiled?.end());
    return {
      ...{binary, module: compiled?.module, image: whole?.image},
      found: whole && {...whole, functions: undefined},
    };
  }

  async #about(key: string, of: string): Promise<About | undefined> {
    const about = (await (await this.#disk()).getSetting(aboutKey(key))) as About | undefined;
    if (about?.of !== of || about.state === 'failed' || (about.state === 'new' && about.tries >= maxTries))
      return undefined;
    // Before it is used: of a start that takes the tab with it nothing else tells.
    if (about.state === 'new') await this.#note(key, {tries: about.tries + 1});
    return about;
  }

  async #find(key: string, {digest, state, functions}: About): Promise<FoundImage | undefined> {
    const disk = await this.#disk();
    const image = await readImage(key, digest, disk);
    if (image) return {image, proven: state === 'proven', functions};
    await disk.changeSetting(aboutKey(key), () => undefined);
    return undefined;
  }

  /**
   * For each version that comes to a runtime which stands: keeps the image that its start left, with the functions that versions call.
   *
   * @throws ImageRefused where this start is not for the version: its binary lacks functions. A next one begins with all of them
   */
  async took(key: string, taken: Taken): Promise<void> {
    const wanted = functionsOf(taken);
    const had = taken.found?.functions;
    if (!had || (wanted && covers(had, wanted))) {
      // One after the other: versions may come at once.
      this.#kept = this.#kept.then(() => this.#keep(key, taken, wanted)).catch(() => {});
      return;
    }
    await this.#note(key, {wanted: wanted ? union(had, wanted) : 'all'}).catch(() => {});
    throw new ImageRefused('the runtime began without functions that this version calls');
  }

  async #keep(key: string, taken: Taken, wanted: Functions | undefined): Promise<void> {
    const disk = await this.#disk();
    const {keepImage} = await import('../trim.js');
    await keepImage({key, of: imageOf(taken.began.sha256)}, taken, wanted, disk);
  }

  /** What a start began with is not used again: its own binary, where it had one; else the image, until another takes its place. */
  async #giveUp(key: string, {functions}: FoundImage): Promise<void> {
    await this.#note(key, functions ? {state: 'new', tries: 0, trapped: true} : {state: 'failed'});
    if (!functions) await (await this.#disk()).changeSetting(key, () => undefined);
  }

  /**
   * Whether a runtime that began with it does its work is known by the first session in it: what `work` makes.
   *
   * @throws ImageRefused where the image may be to blame; what `work` throws otherwise
   */
  async prove<T>(key: string, found: FoundImage, work: () => Promise<T>): Promise<T> {
    try {
      const done = await work();
      found.proven = true;
      // Once for each image; a page that is closed right after its start would lose the word else.
      await this.#note(key, {state: 'proven'}).catch(() => {});
      return done;
    } catch (cause) {
      if (!isKedgeError(cause) || !imagesFaults.includes(cause.code)) throw cause;
      return this.refuse(key, found, cause);
    }
  }

  /** A start that began with it went wrong. */
  async refuse(key: string, found: FoundImage, cause: unknown): Promise<never> {
    await this.#giveUp(key, found).catch(() => {});
    throw new ImageRefused('', {cause});
  }

  async #note(key: string, change: Partial<About>): Promise<void> {
    await (await this.#disk()).changeSetting(aboutKey(key), about => about && {...(about as About), ...change});
  }

  async #disk() {
    return (await this.#keeping.stores).disk;
  }
}

/** A start that began with an image can't go on. This realm's runtime is not used again, and a new worker begins differently. */
export class ImageRefused extends Error {
  /** Why. */
  readonly spent = this.cause ?? new KedgeError('runtime_unavailable', this.message);
}

function functionsOf({began, pinned, manifest}: Taken): Functions | undefined {
  return pinned?.sha256 === began.sha256 ? functionsFrom(manifest.runtime.functions?.[began.path]) : undefined;
}

/** Whether the binary that is kept with it is to be begun with. */
function fits({functions, wanted, trapped}: About): boolean {
  return !!functions && !trapped && wanted !== 'all' && (!wanted || covers(functions, wanted));
}

function fromOwn(found: FoundImage, binary: Uint8Array<ArrayBuffer>, onTrap: () => Promise<void>) {
  const module = WebAssembly.compile(binary);
  module.catch(() => {});
  // The module has its own copy.
  Object.assign(found.image, {binary: undefined, onTrap});
  return {binary, found, module, image: found.image};
}

/** What a browser computes differently may be in the memory. */
const imageOf = (binary: string) => `${binary}|${realm.userAgent}`;

export const aboutKey = (key: string) => `${key}|about`;

/** Errors that memory which is not as it should be can lead to. */
const imagesFaults: readonly ErrorCode[] = [
  'golden_mismatch',
  'model_invalid',
  'output_invalid',
  'runtime_unavailable',
];
