import type {Loaded} from '../loader.js';
import type {Shared} from '../shared.js';
import type {InstalledVersion} from '../store/catalog.js';

/**
 * The version of a model that served before, where it is complete on this device and may serve.
 *
 * @param assigned the version that can't serve
 */
export async function loadPrevious(
  shared: Shared,
  name: string,
  assigned: string | undefined,
  signal?: AbortSignal,
): Promise<Loaded | undefined> {
  const previous = await findPrevious(shared, name, assigned);
  return previous && shared.loader.load(previous.digest, {signal});
}

/** Where it is complete on this device and may serve. */
export async function findPrevious(
  {releases, hosts}: Shared,
  name: string,
  assigned: string | undefined,
): Promise<InstalledVersion | undefined> {
  const {release} = releases;
  // What no release in force vouches for does not serve, however complete it is.
  if (!release) return undefined;
  const {versions = {}, revoked = []} = release.models[name] ?? {};
  const except = [assigned, ...revoked.map(version => versions[version]?.manifest)].filter(
    digest => digest !== undefined,
  );
  const previous = await hosts[0]!.host.previous(name, except, {});
  return previous && !releases.refusal(name, previous.manifest.version) ? previous : undefined;
}
