import type {Release} from '@kedge/core';
import {formsOf} from './ways-back.js';
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

/**
 * Whether the version that takes the place of a revoked one is in the catalog, in any of its forms, and names what both hold.
 * So is a version that nothing takes the place of.
 */
export function isSucceeded(
  {models}: Release,
  {manifest: {model}}: CatalogRecord,
  records: readonly CatalogRecord[],
): boolean {
  const {champion, versions, enabled} = models[model]!;
  const next = versions[champion];
  if (!enabled || !next) return true;
  const forms = formsOf(next);
  return records.some(({digest}) => forms.includes(digest));
}
