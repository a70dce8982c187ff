import {webcrypto} from 'node:crypto';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {KedgeError, Manifest, parseJson, sha256} from '@kedge/core';
import {CliError, errnoOf} from '../exit.js';
import {manifestPath} from './paths.js';

export interface PackedVersion {
  address: string;
  manifest: Manifest;
}

const isAddress = (text: string) => /^[0-9a-f]{64}$/.test(text);

/** @throws CliError (usage) when the registry holds no such manifest; KedgeError `manifest_invalid` */
export async function readManifest(registry: string, address: string): Promise<Manifest> {
  const file = manifestPath(registry, address);
  const bytes = await readFile(file).catch((cause: unknown) => {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
    throw new CliError('usage', `registry ${registry} holds no manifest ${address}; pack the version first`, {cause});
  });
  const digest = await sha256(webcrypto.subtle, bytes);
  if (digest !== address)
    throw new KedgeError(
      'manifest_invalid',
      `manifest ${file}: expected SHA-256 ${address}, got ${digest}; remove the file and pack the version again`,
    );
  return parseJson(Manifest, bytes.toString('utf8'), 'manifest_invalid', `manifest ${file}`);
}

/** Every manifest of the registry, the newest file first. An empty or missing folder gives none. */
export async function listVersions(registry: string): Promise<PackedVersion[]> {
  const folder = join(registry, 'manifests');
  const names = await readdir(folder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const addresses = names.map(name => name.replace(/\.json$/, '')).filter(isAddress);
  const found = await Promise.all(
    addresses.map(async address => ({
      address,
      manifest: await readManifest(registry, address),
      writtenMs: (await stat(manifestPath(registry, address))).mtimeMs,
    })),
  );
  return found.sort((a, b) => b.writtenMs - a.writtenMs).map(({address, manifest}) => ({address, manifest}));
}

/** `digits@1.0.0` in two. @throws CliError (usage) */
export function parseReference(reference: string): {model: string; version: string} {
  const at = reference.lastIndexOf('@');
  if (at < 1 || at === reference.length - 1)
    throw new CliError('usage', `expected MODEL@VERSION such as digits@1.0.0, got ${JSON.stringify(reference)}`);
  return {model: reference.slice(0, at), version: reference.slice(at + 1)};
}

/**
 * A version by its address or as `MODEL@VERSION`; the one packed last when the same version was packed twice.
 *
 * @throws CliError (usage), KedgeError `model_unknown` naming what the registry does hold
 */
export async function findVersion(registry: string, reference: string): Promise<PackedVersion> {
  if (isAddress(reference)) return {address: reference, manifest: await readManifest(registry, reference)};
  const {model, version} = parseReference(reference);
  const all = await listVersions(registry);
  const found = all.find(({manifest}) => manifest.model === model && manifest.version === version);
  if (found) return found;
  const known = all.map(({manifest}) => `${manifest.model}@${manifest.version}`).sort();
  throw new KedgeError(
    'model_unknown',
    `registry ${registry} holds no ${reference}; it holds ${known.join(', ') || 'no version'}; pack it with: kedge pack`,
  );
}
