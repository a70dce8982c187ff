import {isKedgeError} from '@kedge/core';
import {fetchManifest} from '../release/fetch-manifest.js';
import type {Manifests} from '../release/manifest.js';
import type {InstalledVersion} from '../store/catalog.js';
import {installName} from '../names.js';
import {begin, complete, fail} from '../storage.js';
import type {Store} from '../store/store.js';
import type {Installed, InstallsOptions, InstallWait, Wanted} from '../worker/installs.js';
import type {WireError} from '../worker/protocol.js';
import {inOneFlight} from './flight.js';
import {install} from './installer.js';
import {Mirrors} from './mirrors.js';
import {Placement, type PlacementOptions} from './placement.js';
import type {OnRefused} from './writer.js';

/** One version, and the device that it is wanted on. */
export interface Order extends InstallsOptions, InstallWait, PlacementOptions {
  manifests: Manifests;
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
export function bringVersion(wanted: Wanted, order: Order): Promise<Installed> {
  const placement = new Placement(wanted, order);
  return placement.place((digest, store) =>
    inOneFlight(
      installName + digest,
      {...order, store: async () => order.stores.disk},
      // Another tab may have brought it while this one waited.
      async onProgress =>
        (await order.stores.installed(digest)) ?? bring(digest, store, placement, {...order, onProgress}),
    ),
  );
}

async function bring(digest: string, store: Store, placement: Placement, order: Order): Promise<Installed> {
  const course: Course = {mirrors: new Mirrors(order.registries), problems: []};
  const manifest =
    (await order.manifests.onDevice(digest, store)) ?? (await fetchManifest(digest, {...order, ...course}));
  const version = {digest, manifest};
  const downloadedBytes = await placement.fill(version, store, order.signal, onRefused =>
    fill(version, store, onRefused, {...order, ...course}),
  );
  return {digest, manifest, downloadedBytes, problems: course.problems};
}

/** The catalog names the version before its chunks come, so that no sweep takes them; it says `verified` after the last. */
async function fill(version: InstalledVersion, store: Store, onRefused: OnRefused, order: Order & Course) {
  let target = store;
  await begin(version, target);
  try {
    const bytes = await install(version.manifest, {
      ...order,
      store,
      onRefused: async error => (target = await onRefused(error)),
    });
    await complete(version, target);
    return bytes;
  } catch (error) {
    // What was verified stays, and the next try goes on from there.
    if (isKedgeError(error) && !order.signal.aborted) await fail(version.digest, error.code, target).catch(() => {});
    throw error;
  }
}
