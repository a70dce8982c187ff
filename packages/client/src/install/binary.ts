import {type Artifact, isKedgeError, toKedgeError} from '@kedge/core';
import type {RuntimeBinary} from '../runtime/runtime.js';
import {Download, inOneFlight, Meter, Mirrors, Writer} from '../install.js';
import {installName} from '../names.js';
import {SpillStore} from '../storage.js';
import {hasArtifact, type InstalledVersion} from '../store/catalog.js';
import type {Governor} from '../store/governor.js';
import {bytesIn} from '../store/record.js';
import type {Store} from '../store/store.js';
import type {InstallsOptions, InstallWait} from '../worker/installs.js';
import {toWire, type WireError} from '../worker/protocol.js';
import {isStorageProblem, type Stores} from '../worker/stores.js';
import type {readArtifact} from './assemble.js';
import type {Wire} from './fetch.js';
import {roomFile} from './room-file.js';

/** A runtime's binary that a version pins. */
export interface Pinned {
  file: Artifact;
  /** What the runtime takes. */
  wanted: RuntimeBinary;
  /** The version that pins it. */
  version: InstalledVersion;
}

export interface BinaryOrder extends InstallsOptions, InstallWait {
  /** `readArtifact`, of which this file needs no copy. */
  read: typeof readArtifact;
  wire: Wire;
  stores: Stores;
  governor: Governor;
}

export interface BinaryAnswer {
  binary?: Uint8Array<ArrayBuffer>;
  /** That came over the wire. */
  bytes: number;
  /** Why it is not there, or is kept in memory. */
  problem?: WireError | undefined;
}

/**
 * A binary from the store, where it is brought to first: verified like a version's files, one tab at a time. The records that
 * name it keep it. One that can't be had is no reason not to run: the app's own serves.
 *
 * @throws the signal's reason
 */
export async function bringBinary(pinned: Pinned, order: BinaryOrder): Promise<BinaryAnswer> {
  try {
    const {file, wanted, version} = pinned;
    const {runtime} = version.manifest;
    // A package's JavaScript takes only the binary of its own version.
    if (runtime.package !== wanted.package || runtime.version !== wanted.version)
      throw (await roomFile()).misfit(pinned);
    const flight = {...order, store: order.stores.disk};
    const brought = await inOneFlight(installName + file.sha256, flight, onProgress =>
      bring(pinned, {...order, onProgress}),
    );
    return {...brought, binary: await order.read(file, order.stores.all)};
  } catch (error) {
    if (order.signal.aborted) throw order.signal.reason;
    return {bytes: 0, problem: toWire(toKedgeError(error, 'network', pinned.file.path))};
  }
}

async function bring({file, version}: Pinned, order: BinaryOrder): Promise<BinaryAnswer> {
  if (await hasArtifact(file, order.stores.all)) return {bytes: 0};
  const answer: BinaryAnswer = {bytes: 0};
  const spill = (error: unknown) => {
    if (!isKedgeError(error) || !isStorageProblem(error)) throw error;
    answer.problem = toWire(error);
    return (order.stores.memory ??= new SpillStore(order.stores.disk));
  };
  const store = await roomFor(file, version, order).catch(spill);
  answer.bytes = await download(file, new Writer(Promise.resolve(store), async error => spill(error)), order);
  return answer;
}

/** What runs from memory is not named on the disk, and its files would be swept. @throws KedgeError `storage_full` */
async function roomFor(file: Artifact, version: InstalledVersion, order: BinaryOrder): Promise<Store> {
  const {disk, all} = order.stores;
  if (order.stores.storeOf(version.digest) !== disk) return all;
  // Of a first version there is room, or the disk says that there is none.
  const {governor} = order;
  const fits = !governor.hasBudget && file.bytes <= (await governor.freeBytes());
  if (!fits) await (await roomFile()).roomForFile(file, version, {...order, disk});
  return disk;
}

/** @returns bytes that came over the wire */
async function download(file: Artifact, writer: Writer, order: BinaryOrder): Promise<number> {
  const has = await (await writer.store).hasChunks(file.chunks.map(({sha256}) => sha256));
  const meter = new Meter(order.onProgress);
  const means = new Download({...order, mirrors: new Mirrors(order.registries), writer, meter}, has);
  meter.begin('downloading', file.bytes, file.bytes - bytesIn(file.chunks, has));
  await means.bring([file]).finally(() => meter.end());
  await writer.drain();
  return means.receivedBytes;
}
