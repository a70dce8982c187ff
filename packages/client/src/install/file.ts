import {type Artifact, isKedgeError} from '@kedge/core';
import type {InstalledVersion} from '../store/catalog.js';
import type {Governor} from '../store/governor.js';
import {SpillStore} from '../store/spill.js';
import type {Store} from '../store/store.js';
import type {InstallWait, InstallsOptions} from '../worker/installs.js';
import {toWire, type WireError} from '../worker/protocol.js';
import {isStorageProblem, type Stores} from '../worker/stores.js';
import {Download} from './download.js';
import {inOneFlight} from './flight.js';
import {Meter} from './meter.js';
import {Mirrors} from './mirrors.js';
import {Writer} from './writer.js';

export interface FileOrder extends InstallsOptions, InstallWait {
  stores: Stores;
  governor: Governor;
}

export interface BroughtFile {
  /** That came over the wire. */
  bytes: number;
  /** Why it is kept in memory; empty when it is stored. */
  problems: WireError[];
}

/**
 * Brings what the store lacks of a file that is no version's alone, such as a runtime's binary: verified like a version's, one
 * tab at a time. The records that name it keep it. Where it does not fit it is kept in memory.
 *
 * @param version that wants it
 * @throws KedgeError `network`, `response_invalid`, `artifact_corrupt`; the signal's reason
 */
export function bringFile(file: Artifact, version: InstalledVersion, order: FileOrder): Promise<BroughtFile> {
  const flight = {...order, store: async () => order.stores.disk};
  return inOneFlight(`kedge:install:${file.sha256}`, flight, onProgress =>
    bring(file, version, {...order, onProgress}),
  );
}

async function bring(file: Artifact, version: InstalledVersion, order: FileOrder): Promise<BroughtFile> {
  const problems: WireError[] = [];
  const store = await roomFor(file, version, order, problems);
  const has = await store.hasChunks(file.chunks.map(({sha256}) => sha256));
  const reusedBytes = file.chunks.reduce((sum, {sha256, bytes}) => sum + (has.has(sha256) ? bytes : 0), 0);
  if (reusedBytes === file.bytes) return {bytes: 0, problems};
  const meter = new Meter(order.onProgress);
  const writer = new Writer(store, async error => spill(error, order.stores, problems));
  const download = new Download({...order, mirrors: new Mirrors(order.registries), writer, meter}, has);
  meter.begin('downloading', file.bytes, reusedBytes);
  try {
    await download.bring([file]);
  } finally {
    meter.end();
  }
  return {bytes: download.receivedBytes, problems};
}

async function roomFor(
  file: Artifact,
  version: InstalledVersion,
  {stores, governor}: FileOrder,
  problems: WireError[],
) {
  // What runs from memory is not named on the disk, and its files would be swept.
  if (stores.storeOf(version.digest) !== stores.disk) return stores.all;
  try {
    await governor.reserve(version, file.chunks);
    return stores.disk;
  } catch (error) {
    return spill(error, stores, problems);
  }
}

/** @throws an error that is no storage's */
function spill(error: unknown, stores: Stores, problems: WireError[]): Store {
  if (!isKedgeError(error) || !isStorageProblem(error)) throw error;
  problems.push(toWire(error));
  return (stores.memory ??= new SpillStore(stores.disk));
}
