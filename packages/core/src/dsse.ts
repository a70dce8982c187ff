import {fromBase64, toBase64, utf8} from './bytes.js';
import {canonicalJson} from './canonical.js';
import type {Envelope} from './envelope.js';
import {KedgeError} from './errors.js';
import {sha256} from './bytes.js';
import type {Bytes, Jwk, Subtle} from './webcrypto.js';

/** The `payloadType` of a release's envelope. */
export const releasePayloadType = 'application/vnd.kedge.release+json';

const ecdsa = {name: 'ECDSA', namedCurve: 'P-256'} as const;
const scheme = {name: 'ECDSA', hash: 'SHA-256'} as const;

/** Pre-authentication encoding: what is really signed, so that the type can't be swapped. */
function preAuthenticate(type: string, body: Uint8Array): Bytes {
  const head = utf8(`DSSEv1 ${utf8(type).length} ${type} ${body.length} `);
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

/** JWK thumbprint (RFC 7638): the same for a private key and its public half. */
export async function keyId(subtle: Subtle, key: Jwk): Promise<string> {
  return sha256(subtle, utf8(canonicalJson({crv: key.crv, kty: key.kty, x: key.x, y: key.y})));
}

/** Signs `payload` with each private key (ECDSA P-256, SHA-256, r‖s). Two keys sign during a rotation. */
export async function signEnvelope(
  subtle: Subtle,
  payloadType: string,
  payload: Bytes,
  privateKeys: readonly Jwk[],
): Promise<Envelope> {
  const data = preAuthenticate(payloadType, payload);
  const signatures = await Promise.all(
    privateKeys.map(async jwk => {
      const key = await subtle.importKey('jwk', jwk, ecdsa, false, ['sign']);
      const signature = await subtle.sign(scheme, key as never, data);
      return {keyid: await keyId(subtle, jwk), sig: toBase64(new Uint8Array(signature))};
    }),
  );
  return {payloadType, payload: toBase64(payload), signatures};
}

/**
 * The payload's bytes, if any trusted key signed them. `keyid` is only a hint and is not used to decide.
 *
 * @throws KedgeError `signature_invalid`
 */
export async function verifyEnvelope(
  subtle: Subtle,
  envelope: Envelope,
  payloadType: string,
  trustedKeys: readonly Jwk[],
): Promise<Bytes> {
  if (envelope.payloadType !== payloadType)
    throw new KedgeError(
      'signature_invalid',
      `envelope: expected payloadType ${payloadType}, got ${envelope.payloadType}`,
    );
  const payload = fromBase64(envelope.payload);
  if (!payload) throw new KedgeError('signature_invalid', 'envelope: payload is not base64');
  const data = preAuthenticate(payloadType, payload);
  const keys = await Promise.all(trustedKeys.map(jwk => importPublic(subtle, jwk)));
  for (const {sig} of envelope.signatures) {
    const signature = fromBase64(sig);
    if (!signature) continue;
    for (const key of keys) if (await subtle.verify(scheme, key as never, signature, data)) return payload;
  }
  throw new KedgeError(
    'signature_invalid',
    `envelope: none of its ${envelope.signatures.length} signatures is by one of the ${keys.length} trusted keys; sign the release with a key whose public half the app embeds`,
  );
}

function importPublic(subtle: Subtle, {kty, crv, x, y}: Jwk) {
  return subtle.importKey('jwk', {kty, crv, x, y} as Jwk, ecdsa, false, ['verify']).catch((cause: unknown) => {
    throw new KedgeError('signature_invalid', 'a trusted key is not a P-256 public key in JWK form', {cause});
  });
}
