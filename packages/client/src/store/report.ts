import type {StorageReport, StoredVersion} from './api.js';
import {realm} from '../realm.js';
import type {Keeping} from '../worker/keeping.js';
import {estimate} from './estimate.js';
import {evictionsKey, readEvictions} from './evictions.js';
import {pinsOf, type Situation} from './policy.js';
import {bytesOf} from './record.js';
import type {Held} from './store.js';

function storedVersions(held: Held, situation: Situation): StoredVersion[] {
  const pins = pinsOf(held, situation);
  return held.records.map(({digest, manifest, state, code, installedAt, verifiedAt, lastServedAt}) => {
    const {model, version, variant = null} = manifest;
    const bytes = bytesOf(manifest);
    const pinned = pins.get(digest) ?? null;
    return {model, version, variant, digest, state, code, bytes, installedAt, verifiedAt, lastServedAt, pinned};
  });
}

async function isPersisted(): Promise<boolean> {
  try {
    return (await realm.storage?.persisted?.()) ?? false;
  } catch {
    return false;
  }
}

/** What is stored, for people. */
export async function storageReport(keeping: Keeping, budgetBytes: number | null): Promise<StorageReport> {
  const [governor, {all: store}] = await Promise.all([keeping.governor(), keeping.stores]);
  await keeping.idle();
  const [situation, lost] = await Promise.all([governor.situation(), governor.inspect()]);
  const [held, log, persisted, {usage, quota} = {}] = await Promise.all([
    store.held(),
    store.getSetting(evictionsKey),
    isPersisted(),
    estimate(),
  ]);
  return {
    kind: store.kind,
    persisted,
    usageBytes: usage ?? null,
    quotaBytes: quota ?? null,
    bytes: [...held.sizes.values()].reduce((sum, size) => sum + size, 0),
    versions: storedVersions(held, situation),
    evictions: readEvictions(log),
    budgetBytes,
    lost,
  };
}
