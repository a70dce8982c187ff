import {type Attributes, sha256, utf8} from '@kedge/core';

/** The unit that a client serves: what is randomised. */
export interface ClientUnit {
  id: string;
  attributes: Attributes;
}

/** What leaves the device instead of the unit's id: half of a salted SHA-256, in hex. */
export async function hashUnit(salt: string, unitId: string): Promise<string> {
  return (await sha256(crypto.subtle, utf8(`${salt}:${unitId}`))).slice(0, 32);
}
