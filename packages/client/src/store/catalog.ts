import type {Manifest} from '@kedge/core';
import type {StoredVersion} from '../api.js';
import {type CatalogRecord, chunksOf, type Store} from './store.js';

/** The serving version and the one to go back to. */
const keptVersions = 2;
/** A download that nobody went on with for so long is taken for given up. */
const givenUpMs = 7 * 86_400_000;
/** How often a version that serves is noted as serving. */
const notedEveryMs = 3_600_000;

export interface InstalledVersion {
  digest: string;
  manifest: Manifest;
}

/** The browser may evict what it stored; the catalog alone is no proof. */
export async function isComplete(record: CatalogRecord, store: Store): Promise<boolean> {
  if (record.state === 'downloading') return false;
  const digests = chunksOf(record.manifest).map(({sha256}) => sha256);
  const has = await store.hasChunks(digests);
  return digests.every(digest => has.has(digest));
}

/** The complete version of the model that served last, apart from those that may not serve. */
export async function previousVersion(
  store: Store,
  model: string,
  except: readonly string[],
): Promise<InstalledVersion | undefined> {
  const records = (await store.records()).filter(
    ({manifest, digest}) => manifest.model === model && !except.includes(digest),
  );
  records.sort((a, b) => (b.lastServedAt ?? 0) - (a.lastServedAt ?? 0));
  for (const record of records)
    if (await isComplete(record, store)) return {digest: record.digest, manifest: record.manifest};
  return undefined;
}

/**
 * The serving version becomes `active`; the one before it stays as `retired`, older ones go.
 *
 * @param serves whether a session of this version is open: several units of one page may be on different arms
 */
export async function activate(
  digest: string,
  store: Store,
  serves: (record: CatalogRecord) => boolean,
): Promise<void> {
  const record = await store.getRecord(digest);
  const now = Date.now();
  if (!record || (record.state === 'active' && now - (record.lastServedAt ?? 0) < notedEveryMs)) return;
  const others = (await store.records()).filter(
    ({digest: other, manifest}) => other !== digest && manifest.model === record.manifest.model,
  );
  try {
    await store.putRecord({...record, state: 'active', lastServedAt: now});
    for (const other of others)
      if (other.state === 'active' && !serves(other)) await store.putRecord({...other, state: 'retired'});
    await sweep(
      others.filter(other => !serves(other)),
      store,
    );
  } catch {
    // Bookkeeping, tried again at the next start: a full disk must not stop serving.
  }
}

async function sweep(idle: readonly CatalogRecord[], store: Store): Promise<void> {
  const done = idle.filter(({state}) => state !== 'downloading');
  done.sort((a, b) => (b.lastServedAt ?? b.installedAt) - (a.lastServedAt ?? a.installedAt));
  const givenUp = idle.filter(
    ({state, installedAt}) => state === 'downloading' && Date.now() - installedAt > givenUpMs,
  );
  const old = [...done.slice(keptVersions - 1), ...givenUp].map(({digest}) => digest);
  if (old.length > 0) await store.removeRecords(old);
}

/** What is installed, for people. */
export function storedVersions(records: readonly CatalogRecord[]): StoredVersion[] {
  return records.flatMap(({digest, manifest, state, installedAt, lastServedAt}) => {
    if (state === 'downloading') return [];
    const bytes = chunksOf(manifest).reduce((sum, chunk) => sum + chunk.bytes, 0);
    return {model: manifest.model, version: manifest.version, digest, state, bytes, installedAt, lastServedAt};
  });
}
