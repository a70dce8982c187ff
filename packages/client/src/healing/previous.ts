import type {Loaded} from '../loader.js';
import type {Shared} from '../shared.js';

/**
 * The version of a model that served before, where it is complete on this device and may serve.
 *
 * @param assigned the version that can't serve
 */
export async function loadPrevious(
  {releases, hosts, loader}: Shared,
  name: string,
  assigned: string | undefined,
): Promise<Loaded | undefined> {
  const {release} = releases;
  // What no release in force vouches for does not serve, however complete it is.
  if (!release) return undefined;
  const {versions = {}, revoked = []} = release.models[name] ?? {};
  const except = [assigned, ...revoked.map(version => versions[version]?.manifest)].filter(
    digest => digest !== undefined,
  );
  const previous = await hosts[0]!.host.previous(name, except, {});
  if (!previous || releases.refusal(name, previous.manifest.version)) return undefined;
  return loader.load(previous.digest, {});
}
