import {canonicalJson, type Jwk, KedgeError, type Manifest, parse, Release} from '@kedge/core';
import {CliError} from '../exit.js';
import {nameFiles, renew} from '../gc/name-files.js';
import {filesOf, type NamedFile} from '../registry/named.js';
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
  const files = [full, ...packed].flatMap(one => filesOf(one.address, one.manifest));
  // Checking takes minutes: a `kedge gc` beside it must see that they are wanted.
  if (!options.dryRun)
    refuseMissing(
      files,
      await renew(
        registry,
        files.map(({path}) => path),
      ),
    );
  // A release must not name what devices could not fetch; how good it is, `verify` says.
  for (const one of [full, ...packed]) await checkBlobs(registry, one.manifest);
  const released = ({address, manifest}: PackedVersion) => ({manifest: address, bytes: bytesOf(manifest)});
  const variants = packed.map(one => ({variant: one.manifest.variant!, ...released(one)}));
  const {model, version} = full.manifest;
  const change: Change = {kind: 'add', model, version, champion, ...released(full), variants};
  return editNaming(files, previous === undefined ? change : {...change, previous}, options);
}

async function editNaming(files: readonly NamedFile[], change: Change, options: EditOptions): Promise<Edited> {
  if (options.dryRun) return editRelease(change, options);
  const paths = files.map(({path}) => path);
  const {missing, published} = await nameFiles(options.registry, paths, () => editRelease(change, options));
  refuseMissing(files, missing);
  return published!;
}

/** @throws CliError (failed) */
function refuseMissing(files: readonly NamedFile[], missing: readonly string[]): void {
  const first = files.find(({path}) => path === missing[0]);
  if (first) throw new CliError('failed', `${first.what} (${first.path}): the file is missing; pack the version again`);
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
