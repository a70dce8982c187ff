import type {Manifest} from '@kedge/core';
import type {Label} from '../api.js';
import type {Shared} from '../shared.js';

/** Where the description of a version is to be had. */
export type Manifests = Pick<Shared, 'manifests'> & {hosts: {host: Pick<Shared['hosts'][0]['host'], 'manifestOf'>}[]};

/** Only a class given by name needs the manifest, which this page may not have loaded. */
export async function manifestFor(
  digest: string | null,
  label: Label,
  {manifests, hosts}: Manifests,
): Promise<Manifest | undefined> {
  if (digest === null || !('class' in label)) return undefined;
  const known = manifests.get(digest);
  if (known || typeof label.class === 'number') return known;
  return hosts[0]!.host.manifestOf(digest);
}
