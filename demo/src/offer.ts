import {Envelope, KedgeError, parseJson, Release, releasePayloadType, toKedgeError, verifyEnvelope} from '@kedge/core';
import type {DemoConfig} from './config.js';

/** What “Get the model” would download. */
export interface Offer {
  /** By model, and smaller ones first. */
  versions: {model: string; version: string; bytes: number}[];
  /** The release's number. */
  release: number;
}

/**
 * Reads the signed release without installing anything: which version a unit gets is decided later, so all that it may
 * get are told.
 *
 * @throws KedgeError `network`, `response_invalid`, `signature_invalid`, `release_invalid`
 */
export async function loadOffer(
  {registry, channel, trustedKeys}: DemoConfig,
  models: readonly string[],
): Promise<Offer> {
  const address = `${registry.replace(/\/$/, '')}/channels/${channel}.json`;
  const envelope = parseJson(Envelope, await fetchText(address), 'release_invalid', address);
  const payload = await verifyEnvelope(crypto.subtle, envelope, releasePayloadType, trustedKeys);
  const release = parseJson(Release, new TextDecoder().decode(payload), 'release_invalid', address);
  return {versions: models.flatMap(model => versionsOf(release, model)), release: release.version};
}

function versionsOf(release: Release, model: string): Offer['versions'] {
  const running = release.experiments.filter(
    experiment => experiment.model === model && experiment.status === 'running',
  );
  const released = release.models[model];
  const candidates = new Set(
    [released?.champion ?? [], running.flatMap(({arms}) => arms.map(({version}) => version))].flat(),
  );
  const versions = [...candidates].flatMap(version => {
    const bytes = released?.versions[version]?.bytes;
    return bytes === undefined ? [] : [{model, version, bytes}];
  });
  return versions.sort((a, b) => a.bytes - b.bytes);
}

async function fetchText(address: string): Promise<string> {
  try {
    const answer = await fetch(address);
    if (answer.ok) return await answer.text();
    throw new KedgeError('response_invalid', `${address}: expected a release, got status ${answer.status}`);
  } catch (cause) {
    throw toKedgeError(cause, 'network', address);
  }
}
