import {webcrypto} from 'node:crypto';
import {keyId} from '@kedge/core';
import {readKey} from './read-key.js';

export interface ShownKey {
  file: string;
  /** RFC 7638 thumbprint: the same for both halves. */
  keyId: string;
  half: 'private' | 'public';
}

/** Which key a file holds. @throws CliError (usage) when it holds none */
export async function showKey(file: string): Promise<ShownKey> {
  const key = await readKey(file, 'public', 'FILE');
  return {file, keyId: await keyId(webcrypto.subtle, key), half: key.d === undefined ? 'public' : 'private'};
}
