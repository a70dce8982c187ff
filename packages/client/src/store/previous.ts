import {type InstalledVersion, isComplete} from './catalog.js';
import {preferred} from './policy.js';
import type {Store} from './store.js';

/**
 * The complete version of the model that is to serve in place of another: one that the release names, else the one that served last.
 *
 * @param except those that may not serve
 * @param named as `Situation.named`
 */
export async function previousVersion(
  store: Store,
  model: string,
  except: readonly string[],
  named: readonly string[],
): Promise<InstalledVersion | undefined> {
  const records = (await store.records()).filter(
    ({manifest, digest}) => manifest.model === model && !except.includes(digest),
  );
  for (const record of records.sort(preferred(named)))
    if (await isComplete(record, store)) return {digest: record.digest, manifest: record.manifest};
  return undefined;
}
