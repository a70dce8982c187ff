import {webcrypto} from 'node:crypto';
import {beforeAll, expect, test} from 'vitest';
import {
  type Bytes,
  Envelope,
  fromBase64,
  type Jwk,
  keyId,
  parseJson,
  signEnvelope,
  toBase64,
  utf8,
  verifyEnvelope,
} from './index.js';

const subtle = webcrypto.subtle;
const type = 'application/vnd.kedge.test+json';
const payload = utf8('{"hello":"verden"}');

async function newKey(): Promise<Jwk> {
  const pair = await subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify']);
  return await subtle.exportKey('jwk', pair.privateKey);
}

const publicHalf = ({kty, crv, x, y}: Jwk) => ({kty, crv, x, y}) as Jwk;
const refusal = (message: RegExp): unknown =>
  expect.objectContaining({code: 'signature_invalid', message: expect.stringMatching(message) as string});

let [mine, other]: Jwk[] = [];
let envelope: Envelope;

beforeAll(async () => {
  [mine, other] = await Promise.all([newKey(), newKey()]);
  envelope = await signEnvelope(subtle, type, payload, [mine]);
});

const verify = (change: Partial<Envelope> = {}, trusted = [publicHalf(mine!)], expected = type) =>
  verifyEnvelope(subtle, {...envelope, ...change}, expected, trusted);

test('what was signed comes back, after a round trip through JSON', async () => {
  const received = parseJson(Envelope, JSON.stringify(envelope), 'release_invalid', 'envelope');
  expect(await verifyEnvelope(subtle, received, type, [publicHalf(mine!)])).toEqual(payload);
  expect(envelope.signatures[0]!.keyid).toBe(await keyId(subtle, publicHalf(mine!)));
});

test('a flipped bit anywhere in the payload is refused', async () => {
  for (let i = 0; i < payload.length; i++) {
    const flipped = Uint8Array.from(payload);
    flipped[i]! ^= 1;
    await expect(verify({payload: toBase64(flipped)})).rejects.toEqual(refusal(/none of its 1 signatures/));
  }
});

test('a flipped bit in the signature is refused', async () => {
  const signature = fromBase64(envelope.signatures[0]!.sig)!;
  signature[40]! ^= 1;
  await expect(verify({signatures: [{sig: toBase64(signature)}]})).rejects.toEqual(refusal(/none of its 1/));
});

test('another key, no key, and a stripped signature are refused', async () => {
  await expect(verify({}, [publicHalf(other!)])).rejects.toEqual(refusal(/by one of the 1 trusted keys/));
  await expect(verify({}, [])).rejects.toEqual(refusal(/by one of the 0 trusted keys/));
  await expect(verify({signatures: []})).rejects.toEqual(refusal(/none of its 0 signatures/));
});

test('keyid decides nothing: a foreign signature under a trusted id is refused', async () => {
  const foreign = await signEnvelope(subtle, type, payload, [other!]);
  const disguised = [{...foreign.signatures[0]!, keyid: envelope.signatures[0]!.keyid!}];
  await expect(verify({signatures: disguised})).rejects.toEqual(refusal(/none of its 1/));
});

test('a payload signed as one type is refused as another', async () => {
  await expect(verify({}, undefined, 'text/plain')).rejects.toEqual(refusal(/expected payloadType text\/plain, got/));
  await expect(verify({payloadType: 'text/plain'}, undefined, 'text/plain')).rejects.toEqual(refusal(/none of its/));
});

test('garbage instead of base64 is refused; a garbage signature beside a good one is passed over', async () => {
  await expect(verify({payload: '{}'})).rejects.toEqual(refusal(/payload is not base64/));
  await expect(verify({signatures: [{sig: '***'}]})).rejects.toEqual(refusal(/none of its 1/));
  await expect(verify({signatures: [{sig: 'AAAA'}]})).rejects.toEqual(refusal(/none of its 1/));
  expect(await verify({signatures: [{sig: '***'}, {sig: 'AAAA'}, ...envelope.signatures]})).toEqual(payload);
});

test('a rotation: signed by old and new, an app that trusts either accepts it', async () => {
  const both = await signEnvelope(subtle, type, payload, [mine!, other!]);
  for (const key of [mine!, other!]) expect(await verify(both, [publicHalf(key)])).toEqual(payload);
  const third = await newKey();
  await expect(verify(both, [publicHalf(third)])).rejects.toEqual(refusal(/none of its 2 signatures/));
  expect(await verify({}, [publicHalf(third), publicHalf(mine!)])).toEqual(payload);
});

test('a trusted key that is no key says so', async () => {
  await expect(verify({}, [{kty: 'EC'}])).rejects.toEqual(refusal(/a trusted key is not a P-256 public key/));
});

test('an empty payload, and one of every byte, survive', async () => {
  const everyByte: Bytes = Uint8Array.from({length: 256}, (_, i) => i);
  for (const bytes of [new Uint8Array(0), everyByte]) {
    const signed = await signEnvelope(subtle, type, bytes, [mine!]);
    expect(await verifyEnvelope(subtle, signed, type, [publicHalf(mine!)])).toEqual(bytes);
  }
});

test('the form is frozen: an envelope signed once verifies for good', async () => {
  const key: Jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'qhUBroG6mrCw3KpVlJM_MtyNSuw5RKaWxEtizhupKMM',
    y: 'B0Mi5GaStJMvTM4LwuKjfKNlgAesPlEUL98z29lfxSU',
  };
  const frozen: Envelope = {
    payloadType: 'application/vnd.kedge.release+json',
    payload: 'eyJ2ZXJzaW9uIjoxfQ==',
    signatures: [
      {
        keyid: 'abb86ce820b829bb81b25276bee136e541a3d55cb64a85e230c06e12736b682d',
        sig: 'VJCKsEr3n+w4FoyY1b4kPt8xloPKfcIFEQlFqgbyERwl52hn/2z83SevjfCmCMLJIEaHE9UEWcL0GGjr4aqpCw==',
      },
    ],
  };
  expect(await verifyEnvelope(subtle, frozen, 'application/vnd.kedge.release+json', [key])).toEqual(
    utf8('{"version":1}'),
  );
  expect(await keyId(subtle, key)).toBe(frozen.signatures[0]!.keyid);
});
