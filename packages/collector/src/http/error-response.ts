import {isKedgeError} from '@kedge/core';
import {HttpError} from './http-error.js';

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (isKedgeError(error) && error.code === 'events_invalid') return new HttpError(400, error.code, error.message);
  // What is not foreseen may pass: the client keeps its batch and asks again.
  return new HttpError(503, 'unavailable', 'the collector could not do this now; send it again later', {
    cause: error,
    retryAfterSeconds: 5,
  });
}

/** Any thrown value as a JSON response. Details of unforeseen errors stay inside. */
export function errorResponse(error: unknown, headers: Record<string, string> = {}): Response {
  const {status, code, message, retryAfterSeconds} = toHttpError(error);
  const retry: Record<string, string> =
    retryAfterSeconds === undefined ? {} : {'retry-after': String(retryAfterSeconds)};
  return Response.json(
    {error: {code, message}},
    {status, headers: {...headers, ...retry, 'cache-control': 'no-store'}},
  );
}
