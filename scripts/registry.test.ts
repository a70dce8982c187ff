import {webcrypto} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Envelope, type Manifest, parse, releasePayloadType, type Subtle, verifyEnvelope} from '@kedge/core';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {ensureKeys, keepFresh, prepareRegistry, renewRegistry} from './registry.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'kedge-registry-'));
const options = {registry: join(scratch, 'registry'), keys: join(scratch, 'keys')};
let prepared: Awaited<ReturnType<typeof prepareRegistry>>;

beforeAll(async () => {
  prepared = await prepareRegistry(options);
});
afterAll(() => rmSync(scratch, {recursive: true, force: true}));

test('the champion is 1.0.0; two fifths of the units get 1.1.0, and one fifth 1.2.0 on TensorFlow.js', () => {
  const {models, experiments} = prepared.release;
  expect(models['digits']).toMatchObject({champion: '1.0.0', enabled: true, revoked: []});
  expect(experiments.map(({key, status}) => [key, status])).toEqual([['digits-cnn', 'running']]);
  expect(experiments[0]!.arms.map(({version, weight}) => [version, weight])).toEqual([
    ['1.0.0', 4000],
    ['1.1.0', 4000],
    ['1.2.0', 2000],
  ]);
});

test('the published models are released with golden outputs, and the recognition with its characters', () => {
  const {models} = prepared.release;
  const manifests = ['text-detection', 'text-recognition', 'voice-activity'].map(name => {
    const {champion, versions} = models[name]!;
    const file = join(options.registry, 'manifests', `${versions[champion]!.manifest}.json`);
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  });
  expect(manifests.map(({golden}) => golden.length)).toEqual([1, 1, 3]);
  expect(manifests.map(({task, baseline}) => [task, baseline])).toEqual(Array(3).fill(['other', undefined]));
  for (const {card, lineage} of manifests)
    expect([card?.limits?.length, lineage?.licence]).toEqual([3, expect.any(String)]);
  const [, recognition] = manifests;
  expect(recognition!.classes).toHaveLength(6625);
  expect(recognition!.outputs[0]!.shape.at(-1)).toBe(6625);
});

test('the release on disk is signed by the key that the page trusts, and by no other', async () => {
  const subtle = webcrypto.subtle as unknown as Subtle;
  const file = join(options.registry, 'channels', 'prod.json');
  const envelope = parse(Envelope, JSON.parse(readFileSync(file, 'utf8')), 'release_invalid', file);
  const payload = await verifyEnvelope(subtle, envelope, releasePayloadType, [prepared.publicKey]);
  expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({version: prepared.release.version});
  const {publicKey: stranger} = await ensureKeys(join(scratch, 'other-keys'));
  await expect(verifyEnvelope(subtle, envelope, releasePayloadType, [stranger])).rejects.toMatchObject({
    code: 'signature_invalid',
  });
});

test('only a release that ends within a day is signed anew', async () => {
  const {version, expires} = prepared.release;
  const end = Date.parse(expires);
  expect((await keepFresh({...options, now: new Date(end - 25 * 3600 * 1000)})).version).toBe(version);
  const renewed = await keepFresh({...options, now: new Date(end - 23 * 3600 * 1000)});
  expect(renewed.version).toBe(version + 1);
  expect(Date.parse(renewed.expires)).toBeGreaterThan(end);
});

test('a registry made anew never goes back to a version that devices have seen', async () => {
  const before = await keepFresh(options);
  const release = await renewRegistry(options);
  expect(release.version).toBe(before.version + 1);
  expect(release.models).toEqual(before.models);
});
