import type {Release, ReleasedModel, ReleasedVersion} from '@kedge/core';
import type {StoredRelease} from '../release/source.js';
import type {Store} from './store.js';

/** Addresses of all forms of a version. */
export const formsOf = ({manifest, variants = []}: ReleasedVersion): string[] => [
  manifest,
  ...variants.map(variant => variant.manifest),
];

/**
 * Where a device may have to go back to by the release that it has stored, of each model the likelier one first. By the stored
 * one, since a page with several workers asks for releases in the first of them only; it was verified before it was stored, and
 * what it names here is kept, not trusted. One that does not read names nothing.
 */
export async function waysBackIn(store: Store, key: string): Promise<string[]> {
  try {
    const {envelope} = (await store.getSetting(key)) as StoredRelease;
    // Of text beyond ASCII it gives other characters, and of what is read here there is none.
    const text = atob(envelope.payload.replaceAll('-', '+').replaceAll('_', '/'));
    const release = JSON.parse(text) as Release;
    return Object.values(release.models).flatMap(waysBackOf);
  } catch {
    return [];
  }
}

/** From an experiment's arm to the champion, from the champion to the version that it names. */
function waysBackOf({champion, versions, revoked}: ReleasedModel): string[] {
  const names = [champion, versions[champion]?.previous ?? champion].filter(name => !revoked.includes(name));
  return names.flatMap(name => (versions[name] ? formsOf(versions[name]) : []));
}
