import {KedgeError} from '@kedge/core';

export type Posted =
  | {state: 'accepted'}
  /** The collector will never take these bytes. */
  | {state: 'refused'; error: KedgeError}
  | {state: 'later'; error: KedgeError; retryAfterMs: number | undefined};

const hopeless = new Set([400, 413, 415, 422]);

/** Seconds or a date (RFC 9110 §10.2.3), held between a second and an hour. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(3_600_000, Math.max(1000, ms));
}

/** Sends a batch as a CORS-simple request: no preflight, which would be lost at unload. */
export async function post(url: string, body: Uint8Array<ArrayBuffer> | string, init: RequestInit): Promise<Posted> {
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      method: 'POST',
      body,
      headers: {'content-type': 'text/plain;charset=UTF-8'},
      credentials: 'omit',
    });
  } catch (cause) {
    return {
      state: 'later',
      error: new KedgeError('network', `${url}: the collector was not reached`, {cause}),
      retryAfterMs: undefined,
    };
  }
  if (response.ok) return {state: 'accepted'};
  const where = `${url}: the collector answered ${response.status}`;
  if (hopeless.has(response.status)) return {state: 'refused', error: new KedgeError('events_invalid', where)};
  return {
    state: 'later',
    error: new KedgeError('network', where),
    retryAfterMs: retryAfter(response.headers.get('retry-after')),
  };
}
