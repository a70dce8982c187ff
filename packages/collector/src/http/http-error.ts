/** What a response says went wrong: `{error: {code, message}}`. */
export type HttpErrorCode =
  | 'events_invalid'
  | 'write_key_unknown'
  | 'token_invalid'
  | 'origin_forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'too_large'
  | 'unavailable';

/** A refusal with its status. `retryAfterSeconds` becomes the `Retry-After` header. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: HttpErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: HttpErrorCode,
    message: string,
    options?: {cause?: unknown; retryAfterSeconds?: number},
  ) {
    super(message, options);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}
