import {isKedgeError, type Manifest} from '@kedge/core';
import {fetchManifest} from '../release/fetch-manifest.js';
import type {Manifests} from '../release/manifest.js';
import type {InstalledVersion} from '../store/catalog.js';
import {delay} from '../delay.js';
import {installName} from '../names.js';
import {realm} from '../realm.js';
import {begin, fail} from '../storage.js';
import type {Store} from '../store/store.js';
import type {Installed, InstallsOptions, InstallWait, Wanted} from '../worker/installs.js';
import type {WireError} from '../worker/protocol.js';
import {complete, completing} from './completing.js';
import type {Wire} from './fetch.js';
import {ifFree, inOneFlight, turnsOf} from './flight.js';
import {install} from './installer.js';
import {Mirrors} from './mirrors.js';
import {Placement, type PlacementOptions} from './placement.js';
import {roomFile} from './room-file.js';
import type {OnRefused} from './writer.js';

/** One version, and the device that it is wanted on. */
export interface Order extends InstallsOptions, InstallWait, PlacementOptions {
  wire: Wire;
  manifests: Manifests;
  /** Names whose turn it is already. */
  held?: readonly string[];
  /** Takes versions that were told of before they were stored, and what comes of each. */
  storing: Map<string, Promise<Installed>>;
  /** All of a version is verified, and on its way into the store: `finished` when it is there. */
  onVerified?(installed: Installed, finished: Promise<void>): void;
}

/** How it goes: the registries as they proved themselves, and what went wrong on the way. */
interface Course {
  mirrors: Mirrors;
  problems: WireError[];
}

/**
 * Brings a version onto this device; one tab does, the others wait and are told how far it is. Told when all of it is verified:
 * the last of it may be on its way into the store still, see `storing`.
 *
 * @throws KedgeError `network`, `response_invalid`, `manifest_invalid`, `artifact_corrupt`; the signal's reason
 */
export function bringVersion(wanted: Wanted, order: Order): Promise<Installed> {
  const placement = new Placement(wanted, order);
  return new Promise((resolve, reject) => {
    const onVerified = (installed: Installed, finished: Promise<void>) => {
      // What is to be told beside it, or may be another form of it, is waited for.
      if (!placement.isPlain || installed.problems.length > 0) return;
      // Where the disk refuses it, it goes elsewhere or is given up. Else nobody waits until the turn is over.
      const storing = finished.then(
        () => (placement.isPlain ? installed : stored),
        () => stored,
      );
      order.storing.set(installed.digest, storing);
      resolve(installed);
    };
    const stored = bringAndStore(wanted.digest, placement, {...order, onVerified});
    stored.then(resolve, reject);
  });
}

async function bringAndStore(digest: string, placement: Placement, order: Order): Promise<Installed> {
  const foreseen = await ahead(digest, order);
  const bring = (held: readonly string[]) =>
    placement.place((digest, store) => {
      const flight = {...order, held, store: order.stores.disk};
      return inOneFlight(installName + digest, flight, onProgress =>
        lead(digest, store, placement, {...flight, onProgress}),
      );
    });
  if (!foreseen) return bring([]);
  const {manifest, freeBytes} = foreseen;
  placement.look(freeBytes, {digest, manifest}, order.signal);
  return ifFree([installName + digest, ...turnsOf(manifest.artifacts)], bring);
}

/** A manifest that came before it was asked for: all that is to be looked up is known, and nothing is here most likely. */
async function ahead(digest: string, {manifests, governor, stores}: Order) {
  const known = manifests.ahead.get(digest);
  if (!known || !realm.locks || governor.hasBudget || stores.disk.kind !== 'indexeddb') return undefined;
  // One that is on its way still is waited for in the version's turn.
  const manifest = await Promise.race([known.manifest, Promise.resolve()]).catch(() => {});
  return manifest && {manifest, freeBytes: known.freeBytes};
}

/** What does not depend on each other is asked at once. */
async function lead(digest: string, store: Store, placement: Placement, order: Order): Promise<Installed> {
  const {stores, manifests, governor, held} = order;
  if (held?.includes(installName + digest)) return bring(digest, undefined, store, placement, order);
  placement.look(governor.freeBytes());
  // Another tab may have brought it while this one waited.
  const [installed, manifest] = await Promise.all([stores.installed(digest), manifests.onDevice(digest, store)]);
  return installed ?? bring(digest, manifest, store, placement, order);
}

async function bring(
  digest: string,
  known: Manifest | undefined,
  store: Store,
  placement: Placement,
  order: Order,
): Promise<Installed> {
  const course: Course = {mirrors: new Mirrors(order.registries), problems: []};
  const manifest = known ?? (await fetchManifest(digest, {...order, ...course}));
  const version = {digest, manifest};
  if (manifest.runtime.features) await (await roomFile()).allow(version, order.stores);
  const downloadedBytes = await placement.fill(version, store, order, async (onRefused, has) =>
    has || !(await order.stores.installed(digest)) ? fill(version, store, {...order, ...course, onRefused, has}) : 0,
  );
  return {digest, manifest, downloadedBytes, problems: course.problems};
}

interface Filling extends Order, Course {
  onRefused: OnRefused;
  /** Nothing, where none of it is stored and all of it fits for sure. */
  has: Set<string> | undefined;
}

/**
 * The catalog names the version before its chunks are stored, so that no sweep takes them; it says `verified` after the last.
 * Where the rest fits for sure the first ones come while it is written.
 */
async function fill(version: InstalledVersion, store: Store, filling: Filling): Promise<number> {
  let target = store;
  const onRefused = async (error: unknown) => (target = await filling.onRefused(error));
  const named = filling.has ? delay(0).then(() => name(version, store, onRefused)) : name(version, store, onRefused);
  // Heard by what is to be stored, if it comes to that.
  named.catch(() => {});
  try {
    if (!filling.has) await named;
    const step = completing(version);
    const {bytes, stored} = await install(version.manifest, {...filling, store, named, onRefused, step});
    const finished = stored.then(done => (done ? undefined : complete(step, version.manifest, target)));
    filling.onVerified?.({...version, downloadedBytes: bytes, problems: filling.problems}, finished);
    await finished;
    return bytes;
  } catch (error) {
    if (filling.signal.aborted) throw error;
    await named.catch(() => {});
    // What was verified stays, and the next try goes on from there; also of one that went on in memory.
    if (isKedgeError(error))
      for (const each of new Set([target, store])) await fail(version.digest, error.code, each).catch(() => {});
    throw error;
  }
}

/** @returns where its chunks go @throws what stops the install */
async function name(version: InstalledVersion, store: Store, onRefused: OnRefused): Promise<Store> {
  try {
    await begin(version, store);
    return store;
  } catch (error) {
    const other = await onRefused(error);
    await begin(version, other);
    return other;
  }
}
