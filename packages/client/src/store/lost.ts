import type {Eviction} from './evictions.js';
import {isWhole} from './policy.js';
import {bytesOf, type CatalogRecord} from './record.js';
import type {Held} from './store.js';

/** A version that this device has whole, as it is noted outside of IndexedDB. */
export interface Marked {
  digest: string;
  model: string;
  version: string;
  bytes: number;
}

const mark = ({digest, manifest}: CatalogRecord): Marked => {
  return {digest, model: manifest.model, version: manifest.version, bytes: bytesOf(manifest)};
};

export function marksOf({records, sizes}: Held): Marked[] {
  return records.filter(record => isWhole(record, sizes)).map(mark);
}

/**
 * What the browser took: a version whose record is gone without a line in the log, or that lacks chunks which were stored
 * before its record said so.
 */
export function lostOf({records, sizes}: Held, marked: readonly Marked[], log: readonly Eviction[]): Marked[] {
  const known = new Set(records.map(({digest}) => digest));
  const removed = new Set(log.filter(({reason}) => reason !== 'browser').map(({digest}) => digest));
  const gone = marked.filter(({digest}) => !known.has(digest) && !removed.has(digest));
  const hollow = records.filter(
    record => record.state !== 'downloading' && record.state !== 'failed' && !isWhole(record, sizes),
  );
  return [...gone, ...hollow.map(mark)];
}
