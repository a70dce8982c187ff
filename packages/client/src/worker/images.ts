import {type ErrorCode, isKedgeError, type KedgeError} from '@kedge/core';
import type {MemoryImage} from '../runtime/runtime.js';
import {compiling} from '../onnx/compiling.js';
import {realm} from '../realm.js';
import type {Keeping} from './keeping.js';
import {readImage, writeImage} from '../store/image.js';

/** What is known of the image that is kept under a key. */
interface About {
  /** What it is an image of: a binary in one browser. */
  of: string;
  digest: string;
  /** Starts that began with it while it was new. */
  tries: number;
  state: 'new' | 'proven' | 'failed';
}

export interface FoundImage {
  image: MemoryImage;
  /** Whether a start from it has given right numbers. */
  proven: boolean;
}

/** @param add told of its bytes as they are read */
type ReadBinary = (add?: (bytes: Uint8Array<ArrayBuffer>) => void) => Promise<Uint8Array<ArrayBuffer>>;

/** A tab may be closed in the middle of one. */
const maxTries = 2;

/** Images of the memory that starts of a runtime left, one for each key. None is used that failed once, or whose first starts never ended. */
export class Images {
  readonly #keeping: Keeping;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  /** Undefined where there is none to be trusted: a start goes without. */
  async find(key: string, binary: string): Promise<FoundImage | undefined> {
    try {
      return await this.#find(key, imageOf(binary));
    } catch {
      return undefined;
    }
  }

  /** The binary, compiled while it is read, and its image. */
  async read(key: string, sha256: string, readBinary: ReadBinary) {
    const compiled = compiling();
    const [binary, found] = await Promise.all([readBinary(compiled?.add), this.find(key, sha256)]).finally(() =>
      compiled?.end(),
    );
    return {binary, found, module: compiled?.module};
  }

  async #find(key: string, of: string): Promise<FoundImage | undefined> {
    const disk = await this.#disk();
    const about = (await disk.getSetting(aboutKey(key))) as About | undefined;
    if (about?.of !== of || about.state === 'failed' || (about.state === 'new' && about.tries >= maxTries))
      return undefined;
    // Before it is used: of a start that takes the tab with it nothing else tells.
    if (about.state === 'new') await this.#note(key, {tries: about.tries + 1});
    const image = await readImage(key, about.digest, disk);
    if (image) return {image, proven: about.state === 'proven'};
    await disk.changeSetting(aboutKey(key), () => undefined);
    return undefined;
  }

  /** The one of this start, where there is none yet of the same. */
  async keep(key: string, binary: string, image: MemoryImage): Promise<void> {
    const of = imageOf(binary);
    const disk = await this.#disk();
    const about = (await disk.getSetting(aboutKey(key))) as About | undefined;
    // In memory it would not be there at the next visit, which it is for; a file store's settings are text.
    if (about?.of === of || disk.kind !== 'indexeddb' || !image.data.byteLength) return;
    const digest = await writeImage(key, image, disk);
    // Whoever waited for the start holds its image as well, for as long as the worker lives.
    image.data = new ArrayBuffer();
    await disk.changeSetting(aboutKey(key), () => ({of, digest, tries: 0, state: 'new'}) satisfies About);
  }

  /** @param state `failed`: never again, until another takes its place */
  async note(key: string, state: 'proven' | 'failed'): Promise<void> {
    await this.#note(key, {state});
    if (state === 'failed') await (await this.#disk()).changeSetting(key, () => undefined);
  }

  /**
   * Whether a runtime that began with it does its work is known by the first session in it: what `work` makes.
   *
   * @returns `cause` where the image may be to blame
   * @throws what `work` throws otherwise
   */
  async prove<T>(key: string, found: FoundImage, work: () => Promise<T>): Promise<{done: T} | {cause: KedgeError}> {
    try {
      const done = await work();
      found.proven = true;
      void this.note(key, 'proven').catch(() => {});
      return {done};
    } catch (cause) {
      if (!isKedgeError(cause) || !imagesFaults.includes(cause.code)) throw cause;
      await this.note(key, 'failed').catch(() => {});
      return {cause};
    }
  }

  async #note(key: string, change: Partial<About>): Promise<void> {
    await (await this.#disk()).changeSetting(aboutKey(key), about => about && {...(about as About), ...change});
  }

  async #disk() {
    return (await this.#keeping.stores).disk;
  }
}

/** What a browser computes differently may be in the memory. */
const imageOf = (binary: string) => `${binary}|${realm.userAgent}`;

const aboutKey = (key: string) => `${key}|about`;

/** Errors that memory which is not as it should be can lead to. */
const imagesFaults: readonly ErrorCode[] = [
  'golden_mismatch',
  'model_invalid',
  'output_invalid',
  'runtime_unavailable',
];
