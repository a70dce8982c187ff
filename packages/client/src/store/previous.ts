import {type InstalledVersion, isComplete} from './catalog.js';
import type {Store} from './store.js';

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
