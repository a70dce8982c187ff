/**
 * What went wrong, as a closed list an app can switch on. The table of what to do about each is in docs/errors.md.
 *
 * - `network`: the request did not complete, or the server is unavailable (5xx, 429). Retry later; what is installed serves on.
 * - `response_invalid`: the server answered with something else (404, HTML, a wrong length). Check the registry's address and files.
 * - `release_invalid`: the release does not parse, misses fields, or its weights do not sum.
 * - `signature_invalid`: no trusted key signed these bytes.
 * - `release_expired`: the release is past `expires` and its grace.
 * - `release_rollback`: the release is older than the highest this device has seen.
 * - `manifest_invalid`: the manifest does not parse, or is not the one that the release names.
 * - `artifact_corrupt`: bytes differ from the digest in the manifest. Nothing of them was stored.
 * - `storage_unavailable`: IndexedDB is missing or refuses. Models run from memory.
 * - `storage_full`: the device's quota is spent. Models run from memory.
 * - `runtime_unavailable`: no worker, or no execution provider could start here.
 * - `model_unknown`: the release has no such model or version.
 * - `model_disabled`: the operator turned this model off.
 * - `model_invalid`: the runtime could not load the model file.
 * - `golden_mismatch`: no execution provider reproduced the manifest's expected outputs.
 * - `input_invalid`: a tensor's name, dtype or shape is not the TensorSpec's.
 * - `output_invalid`: the model answered NaN, infinity, or a value outside its declared range.
 * - `deadline_exceeded`: `deadlineMs` passed before the answer.
 * - `superseded`: a newer call with `mode: 'latest'` took the place of this one while it waited.
 * - `worker_lost`: the worker crashed, or was stopped while the call was pending.
 * - `events_invalid`: a batch of events does not parse.
 * - `closed`: the client was closed.
 */
export const errorCodes = [
  'network',
  'response_invalid',
  'release_invalid',
  'signature_invalid',
  'release_expired',
  'release_rollback',
  'manifest_invalid',
  'artifact_corrupt',
  'storage_unavailable',
  'storage_full',
  'runtime_unavailable',
  'model_unknown',
  'model_disabled',
  'model_invalid',
  'golden_mismatch',
  'input_invalid',
  'output_invalid',
  'deadline_exceeded',
  'superseded',
  'worker_lost',
  'events_invalid',
  'closed',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** The one error that awaited work rejects with. `message` says what, where, expected and got, and what to do. */
export class KedgeError extends Error {
  override readonly name = 'KedgeError' as const;
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: {cause?: unknown}) {
    super(message, options);
    this.code = code;
  }
}

/** Recognises a KedgeError across realms and package copies, where `instanceof` fails. */
export function isKedgeError(error: unknown): error is KedgeError {
  return error instanceof Error && error.name === 'KedgeError' && 'code' in error;
}

/** Any thrown value as a KedgeError; one that already is passes through unchanged. */
export function toKedgeError(error: unknown, code: ErrorCode, where: string): KedgeError {
  if (isKedgeError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new KedgeError(code, `${where}: ${message}`, {cause: error});
}
