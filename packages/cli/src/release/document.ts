import {randomBytes, webcrypto} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {
  Envelope,
  fromBase64,
  type Jwk,
  KedgeError,
  keyId,
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
  return text === undefined ? undefined : openRelease(text, channel, trustedKeys, file);
}

/**
 * The release in an envelope's text.
 *
 * @param where file or address that it comes from, for messages
 * @param trustedKeys one of them must have signed it; with none the signature is not checked
 * @throws KedgeError `release_invalid`, `signature_invalid`
 */
export async function openRelease(
  text: string,
  channel: string,
  trustedKeys: readonly Jwk[],
  where: string,
): Promise<Release> {
  const envelope = parseJson(Envelope, text, 'release_invalid', `release ${where}`);
  const payload = trustedKeys.length > 0 ? await verify(envelope, trustedKeys, where) : fromBase64(envelope.payload);
  const release = parseJson(Release, new TextDecoder().decode(payload), 'release_invalid', `release ${where}`);
  if (release.channel === channel) return release;
  throw new KedgeError('release_invalid', `release ${where}: expected channel ${channel}, got ${release.channel}`);
}

export interface Shown {
  release: Release;
  /** Ids of the keys that the envelope says signed it; with trusted keys, only those of them that really did. */
  signers: string[];
}

/**
 * The channel's release and who signed it.
 *
 * @throws KedgeError `release_invalid` also when there is no such channel, `signature_invalid`
 */
export async function showRelease(registry: string, channel: string, trustedKeys: readonly Jwk[]): Promise<Shown> {
  const release = await readRelease(registry, channel, trustedKeys);
  if (!release)
    throw new KedgeError(
      'release_invalid',
      `registry ${registry} has no channel ${channel}; begin it with: kedge release add MODEL@VERSION`,
    );
  const envelope = parse(
    Envelope,
    JSON.parse(await readFile(channelPath(registry, channel), 'utf8')),
    'release_invalid',
    channel,
  );
  return {release, signers: await signersOf(envelope, trustedKeys)};
}

/** Which of the trusted keys signed; without trusted keys, which ids the envelope claims. */
export async function signersOf(envelope: Envelope, trustedKeys: readonly Jwk[]): Promise<string[]> {
  if (trustedKeys.length === 0) return envelope.signatures.flatMap(({keyid}) => keyid ?? []);
  const checked = await Promise.all(
    trustedKeys.map(async key => {
      const signed = await verifyEnvelope(subtle, envelope, releasePayloadType, [key]).then(
        () => true,
        () => false,
      );
      return signed ? [await keyId(subtle, key)] : [];
    }),
  );
  return checked.flat();
}

async function verify(envelope: Envelope, keys: readonly Jwk[], where: string) {
  try {
    return await verifyEnvelope(subtle, envelope, releasePayloadType, keys);
  } catch (cause) {
    throw new KedgeError(
      'signature_invalid',
      `release ${where} is not signed by the given key; sign with the channel's key, or name the one that signed it with --trust public.json`,
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
