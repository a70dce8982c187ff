import {readFileSync, statSync} from 'node:fs';
import {expect, it} from 'vitest';
import {folder, readJson} from '../../testing/fixtures.js';
import {newKeys} from './new-keys.js';
import {readKey} from './read-key.js';

it('writes a private key for its owner only, and its public half', async () => {
  const keys = await newKeys(`${folder()}/deep/keys`);
  expect(statSync(keys.privateFile).mode & 0o777).toBe(0o600);
  const [privateKey, publicKey] = [readJson(keys.privateFile), readJson(keys.publicFile)];
  expect(publicKey).toEqual({kty: 'EC', crv: 'P-256', x: privateKey.x, y: privateKey.y});
  expect(privateKey.d).toMatch(/^[\w-]{43}$/);
  expect(keys.keyId).toMatch(/^[0-9a-f]{64}$/);
});

it('never overwrites a key', async () => {
  const dir = folder();
  const {privateFile} = await newKeys(dir);
  const before = readFileSync(privateFile, 'utf8');
  await expect(newKeys(dir)).rejects.toThrow(/private\.json exists and keys are never overwritten/);
  expect(readFileSync(privateFile, 'utf8')).toBe(before);
});

it('does not sign with a public key', async () => {
  const {publicFile} = await newKeys(folder());
  await expect(readKey(publicFile, 'private')).rejects.toThrow(/is a public key and can't sign/);
});
