import {webcrypto} from 'node:crypto';
import {mkdir, open, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {type Jwk, keyId} from '@kedge/core';
import {CliError, errnoOf} from '../exit.js';

export interface NewKeys {
  keyId: string;
  privateFile: string;
  publicFile: string;
  publicKey: Jwk;
}

/**
 * Makes a P-256 key pair and writes it as `private.json` (readable by its owner only) and `public.json`.
 *
 * @throws CliError (usage) when either file exists: a lost private key can't be had again
 */
export async function newKeys(folder: string): Promise<NewKeys> {
  const pair = await webcrypto.subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign', 'verify']);
  const {kty, crv, x, y, d} = (await webcrypto.subtle.exportKey('jwk', pair.privateKey)) as Required<Jwk>;
  const publicKey = {kty, crv, x, y};
  const privateFile = join(folder, 'private.json');
  const publicFile = join(folder, 'public.json');
  await mkdir(folder, {recursive: true});
  await createFile(privateFile, {...publicKey, d}, 0o600);
  await createFile(publicFile, publicKey, 0o644);
  return {keyId: await keyId(webcrypto.subtle, publicKey), privateFile, publicFile, publicKey};
}

async function createFile(file: string, key: Jwk, mode: number): Promise<void> {
  try {
    // `wx`: made with these rights, or not at all.
    const handle = await open(file, 'wx', mode);
    await handle.close();
    await writeFile(file, `${JSON.stringify(key, null, 2)}\n`);
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw cause;
    throw new CliError('usage', `${file} exists and keys are never overwritten; choose another folder with --out`, {
      cause,
    });
  }
}
