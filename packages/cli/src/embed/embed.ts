import {type Jwk, KedgeError, Manifest, parseJson, type Release} from '@kedge/core';
import {sha256Of} from '../digest.js';
import {manifestsOf, type NamedManifest} from '../registry/named.js';
import {openSource, readSmall} from '../registry/source.js';
import {openRelease} from '../release/document.js';
import {modelOf, versionOf} from '../release/lookup.js';

export interface EmbedOptions {
  /** `digits`, or `digits@1.1.0` for one version more. */
  models: readonly string[];
  /** A folder, or an address. */
  registry: string;
  /** @default 'prod' */
  channel?: string;
  /** One of them must have signed the release; with none the signature is not checked. */
  trustedKeys?: readonly Jwk[];
  signal?: AbortSignal;
}

export interface Embedded {
  /** What `createKedge({embedded})` takes. */
  embedded: {release: string; manifests: string[]};
  release: Release;
  versions: NamedManifest[];
}

/**
 * The release and the manifests that an app builds in, as texts: those of each model's champion and of the arms of its
 * running experiments, full form and variants.
 *
 * @throws KedgeError `model_unknown`, `release_invalid`, `signature_invalid`, `manifest_invalid`, `network`,
 *   `response_invalid`; CliError (usage)
 */
export async function embed(options: EmbedOptions): Promise<Embedded> {
  const {registry, channel = 'prod', trustedKeys = [], signal} = options;
  const source = await openSource(registry, signal);
  const path = `channels/${channel}.json`;
  const text = new TextDecoder().decode(await readSmall(source, path));
  const release = await openRelease(text, channel, trustedKeys, `${source.where}/${path}`);
  const versions = versionsOf(release, options.models);
  const manifests = await Promise.all(
    versions.map(async ({address, what}) => {
      const file = `manifests/${address}.json`;
      const bytes = await readSmall(source, file);
      return checked(bytes, address, `${what} from ${source.where}/${file}`);
    }),
  );
  return {embedded: {release: text.trim(), manifests}, release, versions};
}

function checked(bytes: Uint8Array, address: string, where: string): string {
  const got = sha256Of(bytes);
  if (got !== address)
    throw new KedgeError('manifest_invalid', `${where}: expected SHA-256 ${address}, got ${got}; publish it again`);
  const text = new TextDecoder().decode(bytes);
  parseJson(Manifest, text, 'manifest_invalid', where);
  return text;
}

/** In the order of their addresses, so that the same release gives the same file. */
function versionsOf(release: Release, models: readonly string[]): NamedManifest[] {
  const wanted = new Set(models.flatMap(one => keysOf(release, one)));
  const named = manifestsOf(release).filter(({model, version}) => wanted.has(`${model}@${version}`));
  const once = new Map(named.map(one => [one.address, one]));
  return [...once.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function keysOf(release: Release, reference: string): string[] {
  const [model = '', version] = reference.split('@');
  if (version !== undefined) {
    versionOf(release, model, version);
    return [reference];
  }
  const {champion} = modelOf(release, model);
  const running = release.experiments.filter(one => one.status === 'running' && one.model === model);
  const arms = running.flatMap(one => one.arms.map(arm => arm.version));
  return [champion, ...arms].map(one => `${model}@${one}`);
}
