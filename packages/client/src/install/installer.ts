import {isKedgeError, type Manifest, toKedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import {bytesOf, chunksOf} from '../store/record.js';
import type {Store} from '../store/store.js';
import {toWire, type WireError} from '../worker/protocol.js';
import {Download, type DownloadOptions} from './download.js';
import {Meter} from './meter.js';
import type {Mirrors} from './mirrors.js';
import type {PlannedPatch} from './patches.js';
import {type OnRefused, Writer} from './writer.js';

export interface InstallOptions extends DownloadOptions {
  /** Where it is looked at. */
  store: Store;
  /** What is stored of the version, where that is known. */
  has: Set<string> | undefined;
  /** Where chunks go, once they may. */
  named: Promise<Store>;
  mirrors: Mirrors;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  onRefused: OnRefused;
  /** Takes what went wrong and was mended: a patch that did not work. */
  problems: WireError[];
}

export interface Brought {
  bytes: number;
  stored: Promise<void>;
}

/** An install at work. */
interface Work extends InstallOptions {
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
  const writer = new Writer(options.named, options.onRefused);
  const work: Work = {...options, has, meter, writer, download: new Download({...options, writer, meter}, has)};
  try {
    const patches = await planPatches(manifest, work);
    beginDownload(manifest, patches, work);
    for (const patch of patches) await usePatch(patch, work);
    if (patches.length > 0) beginDownload(manifest, [], work);
    await work.download.bring(manifest.artifacts);
    await writer.handedOver();
  } finally {
    meter.end();
  }
  return {bytes: work.download.receivedBytes, stored: writer.drain()};
}

/** What a patch will make needs no download. */
function beginDownload(manifest: Manifest, patches: readonly PlannedPatch[], {has, meter}: Work): void {
  const savedBytes = patches.reduce((sum, {madeBytes, missingBytes}) => sum + madeBytes - missingBytes, 0);
  const totalBytes = bytesOf(manifest);
  meter.begin('downloading', totalBytes, totalBytes - bytesOf(manifest, has) + savedBytes);
}

async function planPatches(manifest: Manifest, {has, store, problems}: Work): Promise<PlannedPatch[]> {
  const isNeeded = manifest.patches?.length && bytesOf(manifest, has) > 0;
  if (!isNeeded || typeof DecompressionStream === 'undefined') return [];
  try {
    const {plan} = await import('../patches.js');
    return await plan(manifest, has, store);
  } catch (error) {
    problems.push(toWire(toKedgeError(error, 'network', 'patches could not be used; the whole bytes were fetched')));
    return [];
  }
}

/** A patch saves bytes and is never needed: whatever is wrong with it, the rest is fetched whole. */
async function usePatch(planned: PlannedPatch, work: Work): Promise<void> {
  const {signal, has, meter, writer, download, problems} = work;
  try {
    await download.bring([planned.patch]);
    await writer.drain();
    meter.begin('patching', planned.madeBytes);
    const {make} = await import('../patches.js');
    for await (const chunk of make(planned, has, await writer.store)) {
      has.add(chunk.sha256);
      meter.verified(chunk.data.length);
      await writer.add(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isKedgeError(error) && (error.code === 'network' || error.code === 'storage_full')) throw error;
    problems.push(toWire(toKedgeError(error, 'artifact_corrupt', `the patch ${planned.patch.sha256}`)));
  } finally {
    await writer.drain();
  }
}
