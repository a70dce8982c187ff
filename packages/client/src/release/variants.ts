import type {ReleasedVersion} from '@kedge/core';

/** Manifests of a version's smaller forms, the largest first: each loses less than the one after it. */
export function smallerForms({bytes, variants = []}: ReleasedVersion): string[] {
  const smaller = variants.filter(variant => variant.bytes < bytes);
  return smaller.sort((a, b) => b.bytes - a.bytes).map(({manifest}) => manifest);
}
