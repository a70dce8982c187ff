import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import type {Jwk} from '@kedge/core';
import {describe, expect, it} from 'vitest';
import {file, folder} from '../../testing/fixtures.js';
import {keyPair} from '../../testing/registry.js';
import {newKeys} from '../keys/new-keys.js';
import {readKey} from '../keys/read-key.js';
import {showKey} from '../keys/show-key.js';
import type {Change} from './change.js';
import {readRelease, showRelease} from './document.js';
import {editRelease} from './edit.js';
import {withLock} from './lock.js';
import {describeEdit, describeRelease} from './show.js';

const add = (version: string): Change => ({
  ...{kind: 'add', model: 'digits', version, champion: false},
  ...{manifest: 'a'.repeat(64), bytes: 10},
});

async function setup() {
  const registry = folder();
  const {privateFile} = await newKeys(folder());
  const key = await readKey(privateFile, 'private');
  return {registry, channel: 'prod', privateKeys: [key]};
}

const channelFile = (registry: string) => `${registry}/channels/prod.json`;

it('signs each change as the next version, expiring when told', async () => {
  const options = {...(await setup()), now: new Date('2030-01-01T00:00:00Z')};
  await editRelease(add('1.0.0'), options);
  const {before, release} = await editRelease(add('2.0.0'), {...options, expiresMs: 3_600_000});
  expect([before!.version, release.version, release.expires]).toEqual([1, 2, '2030-01-01T01:00:00.000Z']);
  expect(release.telemetry!.salt).toBe(before!.telemetry!.salt);
  expect(await readRelease(options.registry, 'prod', options.privateKeys)).toEqual(release);
  expect(readdirSync(`${options.registry}/channels`)).toEqual(['prod.json']);
});

it('writes nothing on a dry run, and nothing when the result is no valid release', async () => {
  const options = await setup();
  expect(await editRelease(add('1.0.0'), {...options, dryRun: true})).toMatchObject({written: false});
  expect(existsSync(channelFile(options.registry))).toBe(false);
  await editRelease(add('1.0.0'), options);
  const text = readFileSync(channelFile(options.registry), 'utf8');
  await expect(editRelease(add('not-a-version'), options)).rejects.toMatchObject({code: 'release_invalid'});
  expect(readFileSync(channelFile(options.registry), 'utf8')).toBe(text);
});

describe('signatures', () => {
  it('refuses to build on what another key signed, until that key is trusted', async () => {
    const [mine, theirs] = [await setup(), await setup()];
    await editRelease(add('1.0.0'), mine);
    const other = {...mine, privateKeys: theirs.privateKeys};
    await expect(editRelease(add('2.0.0'), other)).rejects.toMatchObject({code: 'signature_invalid'});
    const {release} = await editRelease(add('2.0.0'), {...other, trustedKeys: mine.privateKeys});
    expect(release.version).toBe(2);
    expect(await readRelease(mine.registry, 'prod', theirs.privateKeys)).toEqual(release);
  });

  it('signs with both keys during a rotation, so that old and new apps accept it', async () => {
    const [old, fresh] = [await setup(), await setup()];
    const {release} = await editRelease(add('1.0.0'), {
      ...old,
      privateKeys: [...old.privateKeys, ...fresh.privateKeys],
    });
    for (const keys of [old.privateKeys, fresh.privateKeys])
      expect(await readRelease(old.registry, 'prod', keys)).toEqual(release);
  });

  it('goes from one key to another without a device that is left behind', async () => {
    const [old, fresh] = [await keyPair(), await keyPair()];
    const registry = folder();
    const at = {registry, channel: 'prod'};
    const accepts = async (...keys: Jwk[]) =>
      (await readRelease(registry, 'prod', keys).catch(() => undefined))?.version;
    await editRelease(add('1.0.0'), {...at, privateKeys: [old.privateKey]});
    // Both sign while apps in the field trust the old key, both, or only the new one.
    await editRelease({kind: 'sign'}, {...at, privateKeys: [old.privateKey, fresh.privateKey]});
    expect([
      await accepts(old.publicKey),
      await accepts(old.publicKey, fresh.publicKey),
      await accepts(fresh.publicKey),
    ]).toEqual([2, 2, 2]);
    const ids = await Promise.all([old, fresh].map(async pair => (await showKey(pair.publicFile)).keyId));
    expect((await showRelease(registry, 'prod', [])).signers).toEqual(ids);
    expect((await showRelease(registry, 'prod', [fresh.publicKey])).signers).toEqual(ids.slice(1));
    // The old key is dropped: whoever trusts it alone stays on what it has.
    await editRelease({kind: 'sign'}, {...at, privateKeys: [fresh.privateKey], trustedKeys: [old.publicKey]});
    expect([
      await accepts(old.publicKey),
      await accepts(old.publicKey, fresh.publicKey),
      await accepts(fresh.publicKey),
    ]).toEqual([undefined, 3, 3]);
    await expect(editRelease({kind: 'sign'}, {...at, privateKeys: [old.privateKey]})).rejects.toMatchObject({
      code: 'signature_invalid',
    });
  });

  it('names the file that is damaged or of another channel', async () => {
    const options = await setup();
    await editRelease(add('1.0.0'), options);
    const text = readFileSync(channelFile(options.registry), 'utf8');
    file(`${options.registry}/channels`, 'staging.json', text);
    await expect(readRelease(options.registry, 'staging', [])).rejects.toThrow(/expected channel staging, got prod/);
    writeFileSync(channelFile(options.registry), '<html>');
    await expect(editRelease(add('2.0.0'), options)).rejects.toThrow(/prod\.json is not JSON: it begins with "<html>"/);
  });
});

it('goes above what devices have seen after a backup was restored', async () => {
  const options = await setup();
  await editRelease(add('1.0.0'), options);
  const backup = readFileSync(channelFile(options.registry));
  for (let i = 0; i < 5; i++) await editRelease({kind: 'sign'}, options);
  writeFileSync(channelFile(options.registry), backup);
  expect((await editRelease({kind: 'sign'}, {...options, atLeast: 7})).release.version).toBe(7);
  expect((await editRelease({kind: 'sign'}, {...options, atLeast: 7})).release.version).toBe(8);
});

it('tells when a release expires', async () => {
  const options = {...(await setup()), now: new Date('2030-01-01T00:00:00Z')};
  const {release} = await editRelease(add('1.0.0'), options);
  const at = (text: string) => describeRelease(release, new Date(text));
  expect(at('2030-01-02T00:00:00Z')).not.toMatch(/WARNING|EXPIRED/);
  expect(at('2030-01-26T00:00:00Z')).toMatch(/in 5\.0 days\)\nWARNING: it expires soon; sign it again/);
  expect(at('2030-02-01T00:00:00Z')).toMatch(/EXPIRED at 2030-01-31T00:00:00\.000Z: devices refuse it/);
});

it('lists what a change did', async () => {
  const options = await setup();
  await editRelease(add('1.0.0'), options);
  const added = describeEdit(await editRelease({...add('2.0.0'), champion: true} as Change, options));
  expect(added).toMatch(
    /champion of digits: 1\.0\.0 -> 2\.0\.0\nadded digits@2\.0\.0 \(a{64}\)\na rollback of digits goes to 1\.0\.0/,
  );
  const revoked = describeEdit(await editRelease({kind: 'revoke', model: 'digits', version: '2.0.0'}, options));
  expect(revoked).toMatch(/champion of digits: 2\.0\.0 -> 1\.0\.0\nREVOKED digits@2\.0\.0: no device serves it again/);
  const removed = describeEdit(await editRelease({kind: 'remove', model: 'digits', version: '2.0.0'}, options));
  expect(removed).toMatch(/removed digits@2\.0\.0; kedge gc frees its files later/);
});

it('begins a channel with a version only', async () => {
  const options = await setup();
  await expect(editRelease({kind: 'sign'}, options)).rejects.toThrow(
    /has no channel prod; begin it with: kedge release add/,
  );
  await expect(editRelease(add('1.0.0'), {...options, channel: '../../evil'})).rejects.toThrow(/--channel: expected/);
});

it('loses none of several changes made at once', async () => {
  const options = await setup();
  await Promise.all(Array.from({length: 8}, (_, i) => editRelease(add(`1.0.${i}`), options)));
  const release = await readRelease(options.registry, 'prod', options.privateKeys);
  expect(release!.version).toBe(8);
  expect(Object.keys(release!.models['digits']!.versions)).toHaveLength(8);
});

describe('the lock', () => {
  it('outlives neither its work nor a process that died', async () => {
    const target = `${folder()}/x.json`;
    file(target.slice(0, -7), 'x.json.lock', '999999999');
    expect(await withLock(target, async () => 'done')).toBe('done');
    await expect(withLock(target, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(`${target}.lock`)).toBe(false);
  });

  it('gives up on a living holder, and says which file', async () => {
    const target = `${folder()}/x.json`;
    file(target.slice(0, -7), 'x.json.lock', String(process.pid));
    await expect(withLock(target, async () => 'done', 100)).rejects.toThrow(
      /is being changed by another kedge.*x\.json\.lock/,
    );
  });
});
