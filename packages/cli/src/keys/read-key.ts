import type {Jwk} from '@kedge/core';
import {CliError} from '../exit.js';
import {readInputJson} from '../read-input.js';

/** A P-256 key in JWK form. @throws CliError (usage) when the file is another thing, or lacks the private half */
export async function readKey(
  file: string,
  half: 'private' | 'public',
  what = half === 'private' ? '--key' : '--trust',
): Promise<Jwk> {
  const key = (await readInputJson(file, what)) as Jwk | null;
  if (key?.kty !== 'EC' || key.crv !== 'P-256' || !key.x || !key.y)
    throw new CliError('usage', `${file} is not a P-256 key in JWK form; make one with: kedge keys new`);
  if (half === 'private' && !key.d)
    throw new CliError('usage', `${file} is a public key and can't sign; give the private.json beside it`);
  return key;
}
