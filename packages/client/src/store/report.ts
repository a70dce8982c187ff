import type {StoredVersion} from '../api.js';
import {bytesOf, type CatalogRecord} from './record.js';

/** What is stored of each version, for people. */
export function storedVersions(records: readonly CatalogRecord[]): StoredVersion[] {
  return records.map(({digest, manifest, state, code, installedAt, verifiedAt, lastServedAt}) => {
    const {model, version, variant = null} = manifest;
    const bytes = bytesOf(manifest);
    return {model, version, variant, digest, state, code, bytes, installedAt, verifiedAt, lastServedAt};
  });
}
