import {createHash, timingSafeEqual} from 'node:crypto';
import {HttpError} from './http-error.js';

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Lets a request pass that carries the token, as `Authorization: Bearer …` or `?token=…`.
 *
 * @param token undefined lets everyone pass
 * @throws HttpError 401
 */
export function requireToken(request: Request, token: string | undefined): void {
  if (token === undefined) return;
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const given = bearer ?? new URL(request.url).searchParams.get('token') ?? '';
  // Digests have equal lengths, so the comparison tells nothing about the token.
  if (!timingSafeEqual(digest(given), digest(token)))
    throw new HttpError(401, 'token_invalid', 'this report needs the collector’s report token');
}
