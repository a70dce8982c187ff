import {createReadStream} from 'node:fs';
import {mkdir, stat} from 'node:fs/promises';
import {isKedgeError, type Jwk, KedgeError, Manifest, parseJson, type Release} from '@kedge/core';
import {CliError} from '../exit.js';
import {sha256Of} from '../digest.js';
import {inLanes} from '../in-lanes.js';
import type {OnProgress} from '../progress.js';
import {blobsOf, manifestsOf, type NamedBlob} from '../registry/named.js';
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

interface Channel {
  channel: string;
  text: string;
  release: Release;
  before: number | undefined;
}

/**
 * Copies the releases of a registry and all that they name. Every digest is checked before a file is put in place, and the
 * releases come last: whenever it stops, what the copy's releases name is there.
 *
 * @throws KedgeError `signature_invalid`, `release_rollback` when the copy has a newer release, `manifest_invalid`,
 *   `artifact_corrupt`, `network`, `response_invalid`; CliError (usage); the signal's reason
 */
export async function mirror(options: MirrorOptions): Promise<Mirrored> {
  const {to, signal, connections = 4} = options;
  const source = await openSource(options.from, signal);
  await mkdir(to, {recursive: true});
  const channels = await readChannels(source, options);
  const done: Mirrored = {channels: [], copied: 0, copiedBytes: 0, present: 0, presentBytes: 0, repaired: []};
  const blobs = await copyManifests(source, channels, options, done);
  const total = blobs.reduce((sum, {bytes}) => sum + bytes, 0);
  let seen = 0;
  const onBytes = (bytes: number) => options.onProgress?.({phase: 'blobs', done: (seen += bytes), total});
  await inLanes(blobs, connections, blob => mirrorBlob(source, blob, options, done, onBytes));
  for (const channel of channels) await publish(channel, to);
  return {...done, channels: channels.map(({channel, release: {version}, before}) => ({channel, version, before}))};
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
async function copyManifests(
  source: RegistrySource,
  channels: readonly Channel[],
  options: MirrorOptions,
  done: Mirrored,
): Promise<NamedBlob[]> {
  const named = new Map(channels.flatMap(({release}) => manifestsOf(release)).map(one => [one.address, one]));
  const blobs = new Map<string, NamedBlob>();
  const copy = await openSource(options.to, undefined);
  await inLanes([...named.values()], options.connections ?? 4, async ({address, what, revoked}) => {
    const path = `manifests/${address}.json`;
    const kept = await readSmall(copy, path).catch(() => undefined);
    const isKept = kept !== undefined && sha256Of(kept) === address;
    const bytes = isKept ? kept : await readManifestFile(source, path, revoked);
    if (!bytes) return;
    const got = sha256Of(bytes);
    if (got !== address)
      throw new KedgeError(
        'manifest_invalid',
        `${what} from ${source.where}/${path}: expected SHA-256 ${address}, got ${got}; publish it again`,
      );
    const manifest = parseJson(
      Manifest,
      new TextDecoder().decode(bytes),
      'manifest_invalid',
      `${source.where}/${path}`,
    );
    for (const blob of blobsOf(manifest)) blobs.set(blob.sha256, blob);
    if (!isKept) await writeAtomic(manifestPath(options.to, address), bytes);
    count(done, isKept, bytes.length);
  });
  return [...blobs.values()];
}

/** Undefined for a revoked version that the source has no more: no device asks for it. */
async function readManifestFile(source: RegistrySource, path: string, revoked: boolean) {
  return readSmall(source, path).catch((error: unknown) => {
    if (revoked && isKedgeError(error) && error.code === 'response_invalid') return undefined;
    throw error;
  });
}

async function mirrorBlob(
  source: RegistrySource,
  blob: NamedBlob,
  {to, verify = false, signal}: MirrorOptions,
  done: Mirrored,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const file = blobPath(to, blob.sha256);
  const isThere = await exists(file);
  const isKept = isThere && (await isWhole(file, blob, verify));
  if (isKept) onBytes(blob.bytes);
  else await copyBlob(source, to, blob, onBytes, signal);
  if (isThere && !isKept) done.repaired.push(blob.what);
  count(done, isKept, blob.bytes);
}

function count(done: Mirrored, isKept: boolean, bytes: number): void {
  done[isKept ? 'present' : 'copied'] += 1;
  done[isKept ? 'presentBytes' : 'copiedBytes'] += bytes;
}

/** Files get their name only when they are verified, so that their length is enough unless somebody doubts the disk. */
async function isWhole(file: string, blob: NamedBlob, verify: boolean): Promise<boolean> {
  if ((await stat(file)).size !== blob.bytes) return false;
  if (!verify) return true;
  try {
    let bytes = 0;
    const pieces = createReadStream(file, {highWaterMark: 2 ** 20});
    for await (const chunk of verifyChunks(pieces, blob.chunks, file)) bytes += chunk.length;
    return bytes === blob.bytes;
  } catch (error) {
    if (error instanceof KedgeError) return false;
    throw error;
  }
}

async function publish({channel, text, release}: Channel, to: string): Promise<void> {
  const file = channelPath(to, channel);
  await withLock(file, async () => {
    refuseOlder(release, (await readRelease(to, channel, []))?.version, to);
    await writeAtomic(file, text);
  });
}
