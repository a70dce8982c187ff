import type {Release} from '@kedge/core';
import type {CatalogRecord} from './record.js';

/**
 * Whether a release forbids a version that is stored. By its manifest where the release still lists it, so that a channel does
 * not judge what another one calls by the same name; by its number where it does not.
 */
export function isRevoked({models}: Release): (record: CatalogRecord) => boolean {
  return ({digest, manifest}) => {
    const released = Object.hasOwn(models, manifest.model) ? models[manifest.model] : undefined;
    if (!released?.revoked.includes(manifest.version)) return false;
    if (!Object.hasOwn(released.versions, manifest.version)) return true;
    const {manifest: full, variants = []} = released.versions[manifest.version]!;
    return digest === full || variants.some(variant => variant.manifest === digest);
  };
}
