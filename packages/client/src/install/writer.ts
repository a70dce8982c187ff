import type {RecordStep, Store, StoredChunk} from '../store/store.js';
import {Buffers} from './buffers.js';

/** Verified bytes that may wait to be stored; more let the lanes wait. */
const maxWaitingBytes = 8 * 2 ** 20;

/** What is smaller lies in the database itself: a transaction takes longer than to write it, so it waits a moment for company. */
const [smallBytes, companyMs] = [65_536, 3];

/** Asked when the store refuses a write. @returns where to write instead, from now on @throws what stops the install */
export type OnRefused = (error: unknown) => Promise<Store>;

/** What is written with the last chunks. */
export interface Last {
  step: RecordStep;
  /** Whether all is stored, or waits to be. */
  isLast(): boolean;
}

/**
 * Stores chunks behind the download: one transaction at a time, and the next one takes all that was verified meanwhile, so
 * that little is lost by a crash and few transactions are paid.
 */
export class Writer {
  #store: Promise<Store>;
  readonly #onRefused: OnRefused;
  readonly #buffers = new Buffers();
  #waiting: StoredChunk[] = [];
  #bytes = 0;
  #flight: Promise<void> | undefined;
  #failure: {error: unknown} | undefined;
  readonly #last: Last | undefined;
  #isDone = false;

  /** @param store where to write, once that may be */
  constructor(store: Promise<Store>, onRefused: OnRefused, last?: Last) {
    this.#store = store;
    this.#onRefused = onRefused;
    this.#last = last;
  }

  /** Rejects where nothing may be written at all. */
  get store(): Promise<Store> {
    return this.#store;
  }

  /** Whether what is added goes to the disk at once. */
  get isIdle(): boolean {
    return !!globalThis.indexedDB && !this.#flight;
  }

  /** Bytes to fill a chunk into, for `add`: used again once they are stored. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#buffers.take(bytes);
  }

  /** Resolves when there is room for more. @throws why a write before it failed for good */
  async add(chunk: StoredChunk): Promise<void> {
    this.#waiting.push(chunk);
    this.#bytes += chunk.data.length;
    if (chunk.data.length < smallBytes && !this.#last?.isLast()) setTimeout(() => void this.#begin(), companyMs);
    else void this.#begin();
    while (this.#bytes > maxWaitingBytes) await this.#begin();
    this.#refuseFailed();
  }

  /** Resolves when all is on its way to the store, behind what came before. */
  async handedOver(): Promise<void> {
    while (this.#waiting.length > 0) await this.#begin();
  }

  /** Resolves when all is stored. @returns whether the last step is written @throws why it is not */
  async drain(): Promise<boolean> {
    while (this.#begin()) await this.#flight;
    this.#refuseFailed();
    return this.#isDone;
  }

  /** What waits goes, if nothing is on its way. Never rejects. */
  #begin(): Promise<void> | undefined {
    return (this.#flight ??= this.#waiting.length > 0 ? this.#write() : undefined);
  }

  #refuseFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    const chunks = this.#waiting.splice(0);
    try {
      const {kind} = await this.#put(chunks);
      // What is in memory may be these bytes themselves.
      if (kind !== 'memory') for (const {data} of chunks) this.#buffers.give(data);
    } catch (error) {
      this.#failure = {error};
    }
    this.#bytes -= chunks.reduce((sum, {data}) => sum + data.length, 0);
    this.#flight = undefined;
    void this.#begin();
  }

  /** Always ends later than it is called: `#flight` is set by then. @returns where they are */
  async #put(chunks: readonly StoredChunk[]): Promise<Store> {
    this.#refuseFailed();
    const store = await this.#store;
    const step = this.#last?.isLast() ? this.#last.step : undefined;
    try {
      this.#isDone = await store.putChunks(chunks, step);
    } catch (error) {
      this.#store = this.#onRefused(error);
      this.#isDone = await (await this.#store).putChunks(chunks, step);
    }
    return this.#store;
  }
}
