import {type Manifest, toKedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import {bytesOf, chunksOf} from '../store/record.js';
import type {RecordStep, Store} from '../store/store.js';
import {toWire, type WireError} from '../worker/protocol.js';
import {Download, type DownloadOptions} from './download.js';
import type {Wire} from './fetch.js';
import {Meter} from './meter.js';
import type {Mirrors} from './mirrors.js';
import {type OnRefused, Writer} from './writer.js';

export interface InstallOptions extends DownloadOptions {
  /** Where it is looked at. */
  store: Store;
  /** What is stored of the version, where that is known. */
  has: Set<string> | undefined;
  /** Where chunks go, once they may. */
  named: Promise<Store>;
  wire: Wire;
  mirrors: Mirrors;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  onRefused: OnRefused;
  /** Written with the last chunk. */
  step: RecordStep;
  /** Takes what went wrong and was mended: a patch that did not work. */
  problems: WireError[];
}

export interface Brought {
  bytes: number;
  /** Whether the step was written. */
  stored: Promise<boolean>;
}

/** An install at work. */
export interface Work extends InstallOptions {
  /** Chunks that are stored, or on their way there. */
  has: Set<string>;
  meter: Meter;
  writer: Writer;
  download: Download;
}

/**
 * Brings what the store lacks of a version, by patches where that is less to fetch. Every chunk is verified before it is
 * stored; what was verified stays when this is stopped, and is not fetched again.
 *
 * @returns bytes that came over the wire, and when the last of them is stored: it is on its way there
 * @throws KedgeError `network`, `response_invalid`, `artifact_corrupt`, `storage_full`, `storage_unavailable`; the signal's reason
 */
export async function install(manifest: Manifest, options: InstallOptions): Promise<Brought> {
  const {store} = options;
  const has = options.has ?? (await store.hasChunks(chunksOf(manifest).map(({sha256}) => sha256)));
  const meter = new Meter(options.onProgress);
  const {chunks} = options.step;
  let stored = 0;
  // Asked with each small chunk: goes on where it ended, since none is given back.
  const isLast = () => {
    while (stored < chunks.length && has.has(chunks[stored]!)) stored++;
    return stored === chunks.length;
  };
  const writer = new Writer(options.named, options.onRefused, {isLast, step: options.step});
  const work: Work = {...options, has, meter, writer, download: new Download({...options, writer, meter}, has)};
  try {
    await usePatches(manifest, work);
    beginDownload(manifest, 0, work);
    await work.download.bring(manifest.artifacts);
    await writer.handedOver();
  } finally {
    meter.end();
  }
  return {bytes: work.download.receivedBytes, stored: writer.drain()};
}

/** @param savedBytes what patches make needs no download */
function beginDownload(manifest: Manifest, savedBytes: number, {has, meter}: Work): void {
  const totalBytes = bytesOf(manifest);
  meter.begin('downloading', totalBytes, totalBytes - bytesOf(manifest, has) + savedBytes);
}

/** What can't be had or used of them is fetched whole. */
async function usePatches(manifest: Manifest, work: Work): Promise<void> {
  if (!manifest.patches?.length || bytesOf(manifest, work.has) === 0) return;
  const file = await import('../patches.js').catch((error: unknown) => {
    work.problems.push(toWire(toKedgeError(error, 'network', 'patches.js')));
  });
  await file?.applyPatches(manifest, work, savedBytes => beginDownload(manifest, savedBytes, work));
}
