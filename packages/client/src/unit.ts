import type {Attributes} from '@kedge/core';

/** The unit that a client serves: what is randomised. */
export interface ClientUnit {
  id: string;
  attributes: Attributes;
}

/** What leaves the device instead of the unit's id: half of a salted SHA-256, as 22 URL-safe characters. */
export async function hashUnit(salt: string, unitId: string): Promise<string> {
  // The platform's own, since the page's file has nothing else to encode.
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${salt}:${unitId}`));
  return btoa(String.fromCharCode(...new Uint8Array(digest, 0, 16)))
    .slice(0, 22)
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
