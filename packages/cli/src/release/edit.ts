import {utimes} from 'node:fs/promises';
import {join} from 'node:path';
import {canonicalJson, type Jwk, KedgeError, type Manifest, parse, Release} from '@kedge/core';
import {CliError, errnoOf} from '../exit.js';
import {forgetUnnamed} from '../gc/unnamed-since.js';
import {blobsOf} from '../registry/named.js';
import {channelPath} from '../registry/paths.js';
import {findVariants, findVersion, type PackedVersion, referenceOf} from '../registry/read.js';
import {applyChange, type Change} from './change.js';
import {emptyRelease, newSalt, readRelease, writeRelease} from './document.js';
import {withLock} from './lock.js';
import {checkBlobs} from '../verify/integrity.js';

export interface EditOptions {
  registry: string;
  channel: string;
  /** Each signs; two during a rotation. */
  privateKeys: readonly Jwk[];
  /** Whoever signed the release before, besides the holders of `privateKeys`. */
  trustedKeys?: readonly Jwk[];
  /** From now until a device refuses this release, in milliseconds. @default 30 days */
  expiresMs?: number;
  /** The new release's version at least: higher than any that a device may have seen. @default one more than before */
  atLeast?: number;
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
    version: Math.max(before ? before.version + 1 : 1, options.atLeast ?? 1),
    issued: now.toISOString(),
    expires: new Date(now.getTime() + (options.expiresMs ?? defaultExpiresMs)).toISOString(),
  };
  const release = parse(Release, next, 'release_invalid', `channel ${channel} after ${change.kind}`);
  if (!options.dryRun) await writeRelease(registry, release, privateKeys);
  return {before, release, written: !options.dryRun};
}

export interface AddOptions extends EditOptions {
  /** What a rollback from the new champion goes to. @default the champion before it */
  previous?: string;
}

/**
 * `editRelease` with a version of this registry and all its variants.
 *
 * @param reference `MODEL@VERSION`, or a manifest's address
 */
export async function addVersion(
  reference: string,
  champion: boolean,
  {previous, ...options}: AddOptions,
): Promise<Edited> {
  const {registry} = options;
  const full = await findVersion(registry, reference);
  const packed = await variantsOf(registry, full.manifest);
  for (const one of [full, ...packed]) {
    if (!options.dryRun) await renew(registry, one.address, one.manifest);
    // A release must not name what devices could not fetch; how good it is, `verify` says.
    await checkBlobs(registry, one.manifest);
  }
  const released = ({address, manifest}: PackedVersion) => ({manifest: address, bytes: bytesOf(manifest)});
  const variants = packed.map(one => ({variant: one.manifest.variant!, ...released(one)}));
  const {model, version} = full.manifest;
  const change: Change = {kind: 'add', model, version, champion, ...released(full), variants};
  return editRelease(previous === undefined ? change : {...change, previous}, options);
}

const bytesOf = ({artifacts}: Manifest) => artifacts.reduce((sum, {bytes}) => sum + bytes, 0);

/** @throws KedgeError `release_invalid` when the version is a variant itself, or one of its variants is no match */
async function variantsOf(registry: string, full: Manifest): Promise<PackedVersion[]> {
  const {model, version, variant} = full;
  if (variant !== undefined)
    throw new KedgeError(
      'release_invalid',
      `${referenceOf(full)} is a variant; release the full version, and its variants come with it: kedge release add ${model}@${version}`,
    );
  const packed = await findVariants(registry, full);
  for (const one of packed) checkVariant(full, one.manifest);
  return packed;
}

/** An app must not notice which of them answers. */
function checkVariant(full: Manifest, variant: Manifest): void {
  const shapes = ({inputs, outputs, classes}: Manifest) =>
    canonicalJson([
      ...[inputs, outputs].map(side => side.map(({name, dtype, shape}) => ({name, dtype, shape}))),
      classes ?? [],
    ]);
  if (shapes(full) === shapes(variant)) return;
  throw new KedgeError(
    'release_invalid',
    `${referenceOf(variant)} takes or gives other tensors than ${referenceOf(full)}: names, dtypes, shapes and classes must be the same; pack it again under a new version`,
  );
}

/** From now on a release names these files: a `kedge gc` beside this one must see it before it removes them. */
async function renew(registry: string, address: string, manifest: Manifest): Promise<void> {
  const blobs = blobsOf(manifest);
  const paths = [`manifests/${address}.json`, ...blobs.map(({sha256}) => `blobs/${sha256}`)];
  const now = new Date();
  for (const [i, path] of paths.entries())
    await utimes(join(registry, path), now, now).catch((cause: unknown) => {
      if (errnoOf(cause) !== 'ENOENT') throw cause;
      const what = blobs[i - 1]?.what ?? 'the manifest';
      throw new CliError('failed', `${what} (${path}): the file is missing; pack the version again`, {cause});
    });
  await forgetUnnamed(registry, paths);
}
