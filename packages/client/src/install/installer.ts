import {type Manifest, toKedgeError} from '@kedge/core';
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
  store: Store;
  mirrors: Mirrors;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  onRefused: OnRefused;
  /** Takes what went wrong and was mended: a patch that did not work. */
  problems: WireError[];
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
 * @returns bytes that came over the wire
 * @throws KedgeError `network`, `response_invalid`, `artifact_corrupt`, `storage_full`, `storage_unavailable`; the signal's reason
 */
export async function install(manifest: Manifest, options: InstallOptions): Promise<number> {
  const has = await options.store.hasChunks(chunksOf(manifest).map(({sha256}) => sha256));
  const meter = new Meter(options.onProgress);
  const writer = new Writer(options.store, options.onRefused);
  const work = {...options, has, meter, writer, download: new Download({...options, writer, meter}, has)};
  try {
    const patches = await planPatches(manifest, work);
    beginDownload(manifest, patches, work);
    for (const patch of patches) if (!(await usePatch(patch, work))) break;
    if (patches.length > 0) beginDownload(manifest, [], work);
    await work.download.bring(manifest.artifacts);
  } finally {
    meter.end();
  }
  return work.download.receivedBytes;
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

/**
 * A patch saves bytes and is never needed: whatever is wrong with it, also that it can't be had, the rest is fetched whole. What
 * finds the disk full ends here: the rest would find it so too.
 *
 * @returns whether another one is worth asking for: not where the network failed
 */
async function usePatch(planned: PlannedPatch, work: Work): Promise<boolean> {
  const {signal, has, meter, writer, download, problems} = work;
  try {
    await download.bring([{...planned.patch, isSpare: true}]);
    meter.begin('patching', planned.madeBytes);
    const {make} = await import('../patches.js');
    for await (const chunk of make(planned, has, writer.store, signal)) {
      has.add(chunk.sha256);
      meter.verified(chunk.data.length);
      await writer.add(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    const problem = toKedgeError(error, 'artifact_corrupt', `the patch ${planned.patch.sha256}`);
    if (problem.code === 'storage_full') throw problem;
    problems.push(toWire(problem));
    return problem.code !== 'network';
  } finally {
    await writer.drain();
  }
  return true;
}
