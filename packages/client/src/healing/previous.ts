import type {Loaded} from '../loader.js';
import type {Opening} from '../served.js';
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

async function findPrevious(
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

/** Whether something on this device answers in place of the assigned version: the one before, or the baseline of a manifest that is here. */
export async function hasOther(shared: Shared, {name, digest}: Opening): Promise<boolean> {
  if (await findPrevious(shared, name, digest)) return true;
  return !!(await shared.hosts[0]!.host.manifestOf(digest!))?.baseline;
}
