import {readArtifacts} from '../verify/integrity.js';
import {type Jwk, KedgeError, parse, Release} from '@kedge/core';
import {channelPath} from '../registry/paths.js';
import {findVersion} from '../registry/read.js';
import {applyChange, type Change} from './change.js';
import {emptyRelease, newSalt, readRelease, writeRelease} from './document.js';
import {withLock} from './lock.js';

export interface EditOptions {
  registry: string;
  channel: string;
  /** Each signs; two during a rotation. */
  privateKeys: readonly Jwk[];
  /** Whoever signed the release before, besides the holders of `privateKeys`. */
  trustedKeys?: readonly Jwk[];
  /** From now until a device refuses this release, in milliseconds. @default 30 days */
  expiresMs?: number;
  /** Computes and checks everything, writes nothing. */
  dryRun?: boolean;
  now?: Date;
}

export interface Edited {
  before: Release | undefined;
  release: Release;
  written: boolean;
}

export const defaultExpiresMs = 30 * 24 * 3600 * 1000;

/**
 * Reads and verifies a channel, applies one change, and signs and writes it as the next version.
 *
 * @throws KedgeError `release_invalid`, `signature_invalid`, `model_unknown`; nothing was written then
 */
export async function editRelease(change: Change, options: EditOptions): Promise<Edited> {
  if (options.dryRun) return edit(change, options);
  return withLock(channelPath(options.registry, options.channel), () => edit(change, options));
}

async function edit(change: Change, options: EditOptions): Promise<Edited> {
  const {registry, channel, privateKeys, now = new Date()} = options;
  const before = await readRelease(registry, channel, [...privateKeys, ...(options.trustedKeys ?? [])]);
  if (!before && change.kind !== 'add')
    throw new KedgeError(
      'release_invalid',
      `registry ${registry} has no channel ${channel}; begin it with: kedge release add MODEL@VERSION`,
    );
  const changed = applyChange(before ?? emptyRelease(channel, newSalt(), now), change);
  const next = {
    ...changed,
    version: before ? before.version + 1 : 1,
    issued: now.toISOString(),
    expires: new Date(now.getTime() + (options.expiresMs ?? defaultExpiresMs)).toISOString(),
  };
  const release = parse(Release, next, 'release_invalid', `channel ${channel} after ${change.kind}`);
  if (!options.dryRun) await writeRelease(registry, release, privateKeys);
  return {before, release, written: !options.dryRun};
}

/** `editRelease` with a version of this registry. @param reference `MODEL@VERSION`, or a manifest's address */
export async function addVersion(reference: string, champion: boolean, options: EditOptions): Promise<Edited> {
  const {address, manifest} = await findVersion(options.registry, reference);
  // A release must not name what devices could not fetch; how good it is, `verify` says.
  await readArtifacts(options.registry, manifest);
  const bytes = manifest.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  const {model, version} = manifest;
  return editRelease({kind: 'add', model, version, manifest: address, bytes, champion}, options);
}
