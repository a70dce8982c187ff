import {KedgeError} from '@kedge/core';
import {advance} from '../storage.js';
import type {InstalledVersion} from '../store/catalog.js';
import {chunksOf} from '../store/record.js';
import type {RecordStep, Store} from '../store/store.js';

/** A version's last step, written with the last of its chunks: in one transaction it is seen that all are there. */
export function completing({digest, manifest}: InstalledVersion): RecordStep {
  const chunks = chunksOf(manifest).map(({sha256}) => sha256);
  return {digest, chunks, change: record => record && advance(record, {move: 'complete'}, Date.now())};
}

/**
 * The same where nothing of it had to be stored.
 *
 * @throws KedgeError `storage_unavailable` when the version was removed meanwhile, as by `forget` in another tab
 */
export async function complete(step: RecordStep, {model, version}: InstalledVersion['manifest'], store: Store) {
  if (!(await store.putChunks([], step)))
    throw new KedgeError(
      'storage_unavailable',
      `${model} ${version} was removed while it was fetched; install it again`,
    );
}
