import {randomBytes, webcrypto} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {
  Envelope,
  fromBase64,
  type Jwk,
  KedgeError,
  parse,
  parseJson,
  Release,
  releasePayloadType,
  signEnvelope,
  utf8,
  verifyEnvelope,
} from '@kedge/core';
import {errnoOf} from '../exit.js';
import {channelPath} from '../registry/paths.js';
import {writeAtomic} from '../registry/write.js';

const subtle = webcrypto.subtle;

/**
 * The channel's release; undefined when the channel does not exist yet.
 *
 * @param trustedKeys one of them must have signed it; with none the signature is not checked
 * @throws KedgeError `release_invalid`, `signature_invalid`
 */
export async function readRelease(
  registry: string,
  channel: string,
  trustedKeys: readonly Jwk[],
): Promise<Release | undefined> {
  const file = channelPath(registry, channel);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const envelope = parseJson(Envelope, text, 'release_invalid', `release ${file}`);
  const payload = trustedKeys.length > 0 ? await verify(envelope, trustedKeys, file) : fromBase64(envelope.payload);
  const release = parseJson(Release, new TextDecoder().decode(payload), 'release_invalid', `release ${file}`);
  if (release.channel === channel) return release;
  throw new KedgeError('release_invalid', `release ${file}: expected channel ${channel}, got ${release.channel}`);
}

async function verify(envelope: Envelope, keys: readonly Jwk[], file: string) {
  try {
    return await verifyEnvelope(subtle, envelope, releasePayloadType, keys);
  } catch (cause) {
    throw new KedgeError(
      'signature_invalid',
      `release ${file} is not signed by the given key; sign with the channel's key, or name the one that signed it with --trust public.json`,
      {cause},
    );
  }
}

/** What a channel holds before its first version. The salt keeps two products from joining their people. */
export function emptyRelease(channel: string, salt: string, now: Date): Release {
  const issued = now.toISOString();
  const expires = new Date(now.getTime() + 1000).toISOString();
  return parse(
    Release,
    {schema: 'kedge.release/1', channel, version: 1, issued, expires, models: {}, telemetry: {salt}},
    'release_invalid',
    `channel ${channel}`,
  );
}

export const newSalt = () => randomBytes(16).toString('hex');

/** Signs with every key and replaces the channel's file in one step. */
export async function writeRelease(registry: string, release: Release, privateKeys: readonly Jwk[]): Promise<void> {
  const payload = utf8(JSON.stringify(release));
  const envelope = await signEnvelope(subtle, releasePayloadType, payload, privateKeys);
  await writeAtomic(channelPath(registry, release.channel), `${JSON.stringify(envelope)}\n`);
}
