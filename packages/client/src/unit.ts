import {type Attributes, toBase64, utf8} from '@kedge/core';

/** The unit that a client serves: what is randomised. */
export interface ClientUnit {
  id: string;
  attributes: Attributes;
}

/** What leaves the device instead of the unit's id: half of a salted SHA-256, as 22 URL-safe characters. */
export async function hashUnit(salt: string, unitId: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(`${salt}:${unitId}`));
  return toBase64(new Uint8Array(digest, 0, 16))
    .slice(0, 22)
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
