import {createReadStream} from 'node:fs';
import {mkdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {isKedgeError, type Jwk, KedgeError, Manifest, parseJson, type Release} from '@kedge/core';
import {CliError} from '../exit.js';
import {sha256Of} from '../digest.js';
import {nameFiles, renew} from '../gc/name-files.js';
import {inLanes} from '../in-lanes.js';
import type {OnProgress} from '../progress.js';
import {blobFile, blobsOf, manifestFile, manifestsOf, type NamedBlob, type NamedManifest} from '../registry/named.js';
import {blobPath, channelPath, manifestPath} from '../registry/paths.js';
import {openSource, readSmall, type RegistrySource} from '../registry/source.js';
import {verifyChunks} from '../registry/verify-chunks.js';
import {exists, writeAtomic} from '../registry/write.js';
import {openRelease, readRelease} from '../release/document.js';
import {withLock} from '../release/lock.js';
import {copyBlob} from './copy-blob.js';

export interface MirrorOptions {
  /** A registry's address, or a folder. */
  from: string;
  /** The folder that becomes its copy; made if missing. */
  to: string;
  /** @default every channel of a folder; `prod` of an address */
  channels?: readonly string[];
  /** One of them must have signed each release; with none the signature is not checked. */
  trustedKeys?: readonly Jwk[];
  /** Checks every digest of what is there already too; what is damaged is copied again. */
  verify?: boolean;
  /** How many files are copied at once. @default 4 */
  connections?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

export interface Mirrored {
  channels: {channel: string; version: number; before: number | undefined}[];
  /** Files that were copied, and those that were there already. */
  copied: number;
  copiedBytes: number;
  present: number;
  presentBytes: number;
  /** Those of `copied` that were there, but damaged; only with `verify`. */
  repaired: string[];
}

const defaultConnections = 4;
/** How often what vanished is copied again. */
const publishTries = 3;

interface Channel {
  channel: string;
  text: string;
  release: Release;
  before: number | undefined;
}

/** What a run has done so far. */
interface Copying {
  source: RegistrySource;
  options: MirrorOptions;
  /** By path inside the registry, each once however often it was copied. */
  files: Map<string, {bytes: number; isKept: boolean}>;
  repaired: string[];
  onBytes: (bytes: number) => void;
}

/**
 * Copies the releases of a registry and all that they name. Every digest is checked before a file is put in place, and the
 * releases come last: whenever it stops, what the copy's releases name is there.
 *
 * @throws KedgeError `signature_invalid`, `release_rollback` when the copy has a newer release, `manifest_invalid`,
 *   `artifact_corrupt`, `network`, `response_invalid`; CliError (usage), (unavailable) while another one copies into the
 *   same folder; the signal's reason
 */
export async function mirror(options: MirrorOptions): Promise<Mirrored> {
  const source = await openSource(options.from, options.signal);
  await mkdir(options.to, {recursive: true});
  // Two would write into the same drafts.
  return withLock(join(options.to, '.mirror'), () => copy(source, options));
}

async function copy(source: RegistrySource, options: MirrorOptions): Promise<Mirrored> {
  const channels = await readChannels(source, options);
  const copying: Copying = {source, options, files: new Map(), repaired: [], onBytes: () => {}};
  const named = new Map(channels.flatMap(({release}) => manifestsOf(release)).map(one => [one.address, one]));
  const manifests = [...named.values()];
  const blobs = await copyManifests(copying, manifests);
  await copyBlobs(copying, blobs);
  await publishWhole(copying, channels, manifests, blobs);
  return {
    channels: channels.map(({channel, release: {version}, before}) => ({channel, version, before})),
    ...{...counts(copying), repaired: copying.repaired},
  };
}

function counts({files}: Copying) {
  const sum = (isKept: boolean) => {
    const own = [...files.values()].filter(file => file.isKept === isKept);
    return {count: own.length, bytes: own.reduce((all, {bytes}) => all + bytes, 0)};
  };
  const [copied, present] = [sum(false), sum(true)];
  return {
    ...{copied: copied.count, copiedBytes: copied.bytes},
    ...{present: present.count, presentBytes: present.bytes},
  };
}

async function readChannels(source: RegistrySource, options: MirrorOptions): Promise<Channel[]> {
  const names = options.channels ?? (await source.channels()) ?? ['prod'];
  if (names.length === 0) throw new CliError('usage', `${source.where} has no channel; expected channels/NAME.json`);
  return Promise.all(
    names.map(async channel => {
      // Before anything is asked for: a name must not lead out of the folder.
      channelPath(options.to, channel);
      const path = `channels/${channel}.json`;
      const text = new TextDecoder().decode(await readSmall(source, path));
      const release = await openRelease(text, channel, options.trustedKeys ?? [], `${source.where}/${path}`);
      const before = (await readRelease(options.to, channel, []))?.version;
      refuseOlder(release, before, options.to);
      return {channel, text, release, before};
    }),
  );
}

function refuseOlder({channel, version}: Release, before: number | undefined, to: string): void {
  if (before === undefined || version >= before) return;
  throw new KedgeError(
    'release_rollback',
    `channel ${channel}: ${to} has release ${before}, the source only ${version}; devices would refuse it. Is the source a restored backup? Then sign it above: kedge release sign --at-least ${before + 1}`,
  );
}

/** @returns the blobs that they name, each once */
async function copyManifests(copying: Copying, named: readonly NamedManifest[]): Promise<NamedBlob[]> {
  const {to, connections = defaultConnections, signal} = copying.options;
  const blobs = new Map<string, NamedBlob>();
  await inLanes(named, connections, async one => {
    signal?.throwIfAborted();
    const path = manifestFile(one.address);
    const kept = await keptManifest(to, one.address);
    const bytes = kept ?? (await fetchManifest(copying.source, one));
    if (!bytes) return;
    const where = `${copying.source.where}/${path}`;
    const manifest = parseJson(Manifest, new TextDecoder().decode(bytes), 'manifest_invalid', where);
    for (const blob of blobsOf(manifest)) blobs.set(blob.sha256, blob);
    if (!kept) await writeAtomic(manifestPath(to, one.address), bytes);
    copying.files.set(path, {bytes: bytes.length, isKept: kept !== undefined});
  });
  return [...blobs.values()];
}

/** Undefined when it is not there, or damaged. */
async function keptManifest(to: string, address: string): Promise<Uint8Array | undefined> {
  const path = manifestFile(address);
  const bytes = await readSmall(await openSource(to, undefined), path).catch(() => undefined);
  if (!bytes || sha256Of(bytes) !== address) return undefined;
  return (await stays(to, path)) ? bytes : undefined;
}

/** A release is about to name it: a `kedge gc` beside this one must see it. False when that was quicker. */
const stays = async (to: string, path: string) => (await renew(to, [path])).length === 0;

async function fetchManifest(source: RegistrySource, named: NamedManifest): Promise<Uint8Array | undefined> {
  const {address, what, revoked} = named;
  const path = manifestFile(address);
  const bytes = await readManifestFile(source, path, revoked);
  const got = bytes && sha256Of(bytes);
  if (got === undefined || got === address) return bytes;
  throw new KedgeError(
    'manifest_invalid',
    `${what} from ${source.where}/${path}: expected SHA-256 ${address}, got ${got}; publish it again`,
  );
}

/** Undefined for a revoked version that the source has no more: no device asks for it. */
async function readManifestFile(source: RegistrySource, path: string, revoked: boolean) {
  return readSmall(source, path).catch((error: unknown) => {
    if (revoked && isKedgeError(error) && error.code === 'response_invalid') return undefined;
    throw error;
  });
}

async function copyBlobs(copying: Copying, blobs: readonly NamedBlob[]): Promise<void> {
  const {connections = defaultConnections, onProgress} = copying.options;
  const total = blobs.reduce((sum, {bytes}) => sum + bytes, 0);
  let done = 0;
  copying.onBytes = bytes => onProgress?.({phase: 'blobs', done: (done += bytes), total});
  await inLanes(blobs, connections, blob => mirrorBlob(copying, blob));
}

async function mirrorBlob({source, options, files, repaired, onBytes}: Copying, blob: NamedBlob): Promise<void> {
  const {to, signal} = options;
  signal?.throwIfAborted();
  const isThere = await exists(blobPath(to, blob.sha256));
  const isKept = isThere && (await isWhole(blob, options)) && (await stays(to, blobFile(blob)));
  if (isKept) onBytes(blob.bytes);
  else await copyBlob(source, to, blob, onBytes, signal);
  if (isThere && !isKept) repaired.push(blob.what);
  files.set(blobFile(blob), {bytes: blob.bytes, isKept});
}

/** Files get their name only when they are verified, so that their length is enough unless somebody doubts the disk. */
async function isWhole(blob: NamedBlob, {to, verify = false, signal}: MirrorOptions): Promise<boolean> {
  const file = blobPath(to, blob.sha256);
  // Gone since it was looked for: a `kedge gc` beside this one.
  const found = await stat(file).catch(() => undefined);
  if (found?.size !== blob.bytes) return false;
  if (!verify) return true;
  try {
    let bytes = 0;
    const pieces = createReadStream(file, {highWaterMark: 2 ** 20});
    for await (const chunk of verifyChunks(pieces, blob.chunks, file)) {
      signal?.throwIfAborted();
      bytes += chunk.length;
    }
    return bytes === blob.bytes;
  } catch (error) {
    if (error instanceof KedgeError) return false;
    throw error;
  }
}

/** Copying takes hours, and a `kedge gc` beside it may have taken since what no release named until now. */
async function publishWhole(
  copying: Copying,
  channels: readonly Channel[],
  manifests: readonly NamedManifest[],
  blobs: readonly NamedBlob[],
): Promise<void> {
  const {to} = copying.options;
  for (let attempt = 1; ; attempt++) {
    const {missing} = await nameFiles(to, [...copying.files.keys()], () => publishAll(channels, to));
    if (missing.length === 0) return;
    if (attempt === publishTries)
      throw new CliError(
        'unavailable',
        `${join(to, missing[0]!)} was copied and is gone, ${attempt} times; no release was written. Stop what removes files there, and mirror again`,
      );
    const gone = new Set(missing);
    await copyManifests(
      copying,
      manifests.filter(({address}) => gone.has(manifestFile(address))),
    );
    await copyBlobs(
      copying,
      blobs.filter(blob => gone.has(blobFile(blob))),
    );
  }
}

async function publishAll(channels: readonly Channel[], to: string): Promise<void> {
  for (const channel of channels) await publish(channel, to);
}

async function publish({channel, text, release}: Channel, to: string): Promise<void> {
  const file = channelPath(to, channel);
  await withLock(file, async () => {
    refuseOlder(release, (await readRelease(to, channel, []))?.version, to);
    await writeAtomic(file, text);
  });
}
