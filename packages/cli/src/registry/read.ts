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

/** `digits@1.0.0+int8` in its parts. @throws CliError (usage) */
export function parseReference(reference: string): {model: string; version: string; variant?: string} {
  const [, model, version, variant] = /^(.+)@([^+]+)(?:\+(.+))?$/.exec(reference) ?? [];
  if (model === undefined || version === undefined)
    throw new CliError(
      'usage',
      `expected MODEL@VERSION such as digits@1.0.0, or MODEL@VERSION+VARIANT, got ${JSON.stringify(reference)}`,
    );
  return {model, version, ...(variant !== undefined && {variant})};
}

/** A version as people name it. */
export const referenceOf = ({model, version, variant}: Pick<Manifest, 'model' | 'version' | 'variant'>) =>
  `${model}@${version}${variant === undefined ? '' : `+${variant}`}`;

/**
 * A version by its address, as `MODEL@VERSION`, which is the full one, or as `MODEL@VERSION+VARIANT`; the one packed last
 * when the same was packed twice.
 *
 * @throws CliError (usage), KedgeError `model_unknown` naming what the registry does hold
 */
export async function findVersion(registry: string, reference: string): Promise<PackedVersion> {
  if (isAddress(reference)) return {address: reference, manifest: await readManifest(registry, reference)};
  const asked = referenceOf(parseReference(reference));
  const all = await listVersions(registry);
  const found = all.find(({manifest}) => referenceOf(manifest) === asked);
  if (found) return found;
  const known = [...new Set(all.map(({manifest}) => referenceOf(manifest)))].sort();
  throw new KedgeError(
    'model_unknown',
    `registry ${registry} holds no ${reference}; it holds ${known.join(', ') || 'no version'}; pack it with: kedge pack`,
  );
}

/** The variants of a version, each as it was packed last, by name. */
export async function findVariants(registry: string, {model, version}: Manifest): Promise<PackedVersion[]> {
  const variants = new Map<string, PackedVersion>();
  for (const packed of await listVersions(registry)) {
    const {manifest} = packed;
    if (manifest.model !== model || manifest.version !== version || manifest.variant === undefined) continue;
    if (!variants.has(manifest.variant)) variants.set(manifest.variant, packed);
  }
  return [...variants.values()].sort((a, b) => (a.manifest.variant! < b.manifest.variant! ? -1 : 1));
}
