import type {Wire} from './fetch.js';
import type {Meter} from './meter.js';
import type {Mirrors} from './mirrors.js';
import {cut, verify} from './cut.js';
import {persist, type Source} from './persist.js';
import {type RegistryBlob, type Run, runsOf} from './runs.js';
import {fetchSpan} from './span.js';
import type {Writer} from './writer.js';

export interface DownloadOptions {
  /** Requests at a time. */
  lanes: number;
  /** A request is given up when nothing came for so long, in milliseconds. */
  stallMs: number;
}

export interface Means extends DownloadOptions {
  wire: Wire;
  mirrors: Mirrors;
  signal: AbortSignal;
  writer: Writer;
  meter: Meter;
}

/** Brings missing chunks of blobs into the store, over a few lanes. */
export class Download {
  readonly #means: Means;
  /** What is stored or on its way there. */
  readonly #has: Set<string>;
  #receivedBytes = 0;
  #verified!: () => void;
  readonly #firstVerified = new Promise<void>(resolve => (this.#verified = resolve));

  constructor(means: Means, has: Set<string>) {
    this.#means = means;
    this.#has = has;
  }

  /** What came over the wire, also in vain. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /**
   * Resolves when the writer has every chunk. What was verified before a failure or an abort is stored then, and stays.
   *
   * @throws KedgeError `network`, `response_invalid`, `artifact_corrupt`, what the writer's store refused; the signal's reason
   */
  async bring(blobs: readonly RegistryBlob[]): Promise<void> {
    const {lanes, signal, writer} = this.#means;
    const runs = runsOf(blobs, this.#has, lanes);
    // The first lane that fails stops the others.
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort);
    const fail = (error: unknown) => stop.abort(error);
    writer.store.catch(fail);
    const lane = () => this.#lane(runs, stop.signal).catch(fail);
    const first = lane();
    // A registry that has nothing right to give is not asked for more than one run.
    await Promise.race([first, this.#firstVerified]);
    await Promise.all([first, ...Array.from({length: lanes - 1}, lane)]);
    if (stop.signal.aborted) await writer.drain().catch(fail);
    signal.removeEventListener('abort', onAbort);
    stop.signal.throwIfAborted();
  }

  async #lane(runs: Run[], signal: AbortSignal): Promise<void> {
    for (let run = runs.shift(); run; run = runs.shift()) {
      this.#means.meter.enter();
      await this.#bringRun(run, runs, signal).finally(() => this.#means.meter.leave());
    }
  }

  async #bringRun(run: Run, runs: Run[], signal: AbortSignal): Promise<void> {
    const {mirrors, meter} = this.#means;
    let asked = run.chunks.length;
    await persist(
      {
        mirrors,
        signal,
        begun: () => this.#receivedBytes > 0,
        isSpare: run.blob.isSpare,
        gained: () => asked > (asked = run.chunks.length),
        onWait: (reason, retryInMs) => meter.wait(reason, retryInMs),
        onGo: () => meter.go(),
      },
      source => this.#fetchRun(run, runs, source, signal),
    );
  }

  /** Shortens the run by what is verified, so that the next try asks for the rest. */
  async #fetchRun(run: Run, runs: Run[], {mirror, cache}: Source, signal: AbortSignal): Promise<void> {
    const {stallMs, wire, writer, meter} = this.#means;
    const {sha256, bytes: totalBytes} = run.blob;
    const chunks = [...run.chunks];
    const onWhole = async () => {
      // Where that file can't be had, each run takes what it needs of an answer of its own.
      const file = await import('../patches.js').catch(() => undefined);
      file?.widen(run, runs, this.#has);
      chunks.splice(0, chunks.length, ...run.chunks);
      return run;
    };
    const stream = fetchSpan(
      {sha256, start: run.start, end: run.end, totalBytes},
      mirror,
      {signal, stallMs, cache, wire},
      {onBytes: bytes => (this.#receivedBytes += bytes), onWhole},
    );
    for await (const chunk of cut(stream, chunks, bytes => writer.take(bytes))) {
      const isNew = !this.#has.has(chunk.sha256);
      if (isNew) await verify(chunk, `${mirror.registry}/blobs/${sha256}`, writer.isIdle);
      this.#verified();
      run.chunks.shift();
      run.start += chunk.data.length;
      if (!isNew) continue;
      this.#has.add(chunk.sha256);
      meter.verified(chunk.data.length);
      await writer.add(chunk);
    }
  }
}
