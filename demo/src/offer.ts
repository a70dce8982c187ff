import {Envelope, parse, parseJson, Release, releasePayloadType, verifyEnvelope} from '@kedge/core';
import type {DemoConfig} from './config.js';

/** What “Get the model” would download. */
export interface Offer {
  versions: {version: string; bytes: number}[];
  /** The release's number. */
  release: number;
}

/**
 * Reads the signed release without installing anything: which version a unit gets is decided later, so all that it may
 * get are told.
 *
 * @throws KedgeError `signature_invalid`, `release_invalid`; TypeError when the network is down
 */
export async function loadOffer({registry, channel, trustedKeys}: DemoConfig, model: string): Promise<Offer> {
  const address = `${registry.replace(/\/$/, '')}/channels/${channel}.json`;
  const answer: unknown = await (await fetch(address)).json();
  const envelope = parse(Envelope, answer, 'release_invalid', address);
  const payload = await verifyEnvelope(crypto.subtle, envelope, releasePayloadType, trustedKeys);
  const release = parseJson(Release, new TextDecoder().decode(payload), 'release_invalid', address);
  const running = release.experiments.filter(
    experiment => experiment.model === model && experiment.status === 'running',
  );
  const released = release.models[model];
  const candidates = new Set(
    [released?.champion ?? [], running.flatMap(({arms}) => arms.map(({version}) => version))].flat(),
  );
  const versions = [...candidates].flatMap(version => {
    const bytes = released?.versions[version]?.bytes;
    return bytes === undefined ? [] : [{version, bytes}];
  });
  return {versions: versions.sort((a, b) => a.bytes - b.bytes), release: release.version};
}
