import {isKedgeError, type Manifest} from '@kedge/core';
import {fetchManifest, type ManifestOptions} from '../release/fetch-manifest.js';
import {begin, complete, fail, type InstalledVersion} from '../store/catalog.js';
import {SpillStore} from '../store/spill.js';
import type {Store} from '../store/store.js';
import type {Installed, InstallsOptions, InstallWait} from '../worker/installs.js';
import {toWire, type WireError} from '../worker/protocol.js';
import {inOneFlight} from './flight.js';
import {install} from './installer.js';
import {Mirrors} from './mirrors.js';

/** One version, and the device that it is wanted on. */
export interface Order extends InstallsOptions, InstallWait, Pick<ManifestOptions, 'readManifest'> {
  /** What is there by now; undefined while something is missing. */
  installed(): Promise<Installed | undefined>;
  /** As this device has it; undefined when it must be fetched. */
  manifest(): Promise<Manifest | undefined>;
  store(): Promise<Store>;
  /** From now on everything is written there. */
  useStore(store: Store): void;
}

/** How it goes: the registries as they proved themselves, and what went wrong on the way. */
interface Course {
  mirrors: Mirrors;
  problems: WireError[];
}

/**
 * Brings a version onto this device; one tab does, the others wait and are told how far it is.
 *
 * @throws KedgeError `network`, `response_invalid`, `manifest_invalid`, `artifact_corrupt`; the signal's reason
 */
export function bringVersion(digest: string, order: Order): Promise<Installed> {
  return inOneFlight(
    `kedge:install:${digest}`,
    order,
    // Another tab may have brought it while this one waited.
    async onProgress => (await order.installed()) ?? bring(digest, {...order, onProgress}),
  );
}

async function bring(digest: string, order: Order): Promise<Installed> {
  const course: Course = {mirrors: new Mirrors(order.registries), problems: []};
  const manifest = (await order.manifest()) ?? (await fetchManifest(digest, {...order, ...course}));
  const version = {digest, manifest};
  const downloadedBytes = await fill(version, order, course).catch(async error => {
    await spill(error, order, course);
    return fill(version, order, course);
  });
  return {manifest, downloadedBytes, problems: course.problems};
}

/** The catalog names the version before its chunks come, so that no sweep takes them; it says `verified` after the last. */
async function fill(version: InstalledVersion, order: Order, course: Course): Promise<number> {
  const store = await order.store();
  await begin(version, store);
  try {
    const onRefused = (error: unknown) => spill(error, order, course);
    const bytes = await install(version.manifest, {...order, ...course, store, onRefused});
    await complete(version, await order.store());
    return bytes;
  } catch (error) {
    // What was verified stays, and the next try goes on from there.
    if (isKedgeError(error) && !order.signal.aborted)
      await fail(version.digest, error.code, await order.store()).catch(() => {});
    throw error;
  }
}

/** The disk refused a write: what comes from now on is kept in memory, the rest is read from the disk. @throws an error that is no storage's */
async function spill(error: unknown, order: Order, {problems}: Course): Promise<Store> {
  if (!isKedgeError(error) || (error.code !== 'storage_full' && error.code !== 'storage_unavailable')) throw error;
  const store = new SpillStore(await order.store());
  order.useStore(store);
  problems.push(toWire(error));
  return store;
}
