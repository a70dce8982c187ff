import {stat} from 'node:fs/promises';
import {type Manifest, type Release} from '@kedge/core';
import {CliError} from '../exit.js';
import {channelNames} from '../registry/channels.js';
import {blobsOf, manifestsOf} from '../registry/named.js';
import {channelPath} from '../registry/paths.js';
import {readManifest} from '../registry/read.js';
import {readRelease} from '../release/document.js';

export interface InUse {
  /** Addresses that a release of some channel names. */
  manifests: Set<string>;
  /** Digests that those manifests name. */
  blobs: Set<string>;
  /** When the newest of the releases came here: whatever none of them names has been named by none since. */
  newestMs: number;
}

/**
 * What the releases of a registry name, over all channels.
 *
 * @throws CliError (usage) when there is no release at all, or a named manifest is missing; KedgeError `release_invalid`,
 *   `manifest_invalid`. What can't be read could name anything, so nothing may be removed then
 */
export async function inUse(registry: string): Promise<InUse> {
  const channels = await channelNames(registry);
  // Our own files on our own disk: their signatures are for devices.
  const releases = await Promise.all(channels.map(name => readRelease(registry, name, [])));
  const known = releases.filter(release => release !== undefined);
  if (known.length === 0)
    throw new CliError(
      'usage',
      `registry ${registry} has no release, so nothing says what is in use; add a version first (kedge release add), or remove the folder by hand`,
    );
  const manifests = new Set<string>();
  const blobs = new Set<string>();
  for (const {address, manifest} of await namedManifests(registry, known)) {
    manifests.add(address);
    for (const {sha256} of manifest ? blobsOf(manifest) : []) blobs.add(sha256);
  }
  const came = await Promise.all(known.map(release => cameMs(registry, release)));
  return {manifests, blobs, newestMs: Math.max(...came)};
}

/** Later than it was issued on a mirror, where the release before it was in force until this one was copied. */
async function cameMs(registry: string, {channel, issued}: Release): Promise<number> {
  const {mtimeMs} = await stat(channelPath(registry, channel));
  return Math.max(mtimeMs, Date.parse(issued));
}

async function namedManifests(registry: string, releases: readonly Release[]) {
  const named = new Map(releases.flatMap(manifestsOf).map(one => [one.address, one]));
  return Promise.all(
    [...named.values()].map(async ({address, revoked}): Promise<{address: string; manifest?: Manifest}> => {
      const manifest = await readManifest(registry, address).catch((error: unknown) => {
        // No device asks for a revoked version: its files may be gone.
        if (revoked && error instanceof CliError) return undefined;
        throw error;
      });
      return {address, ...(manifest && {manifest})};
    }),
  );
}
