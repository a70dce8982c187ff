import {type ErrorCode, isKedgeError} from '@kedge/core';

/** What the process answers with; the table is in docs/cli.md. */
export const exitCodes = {ok: 0, failed: 1, usage: 2, unavailable: 3, cancelled: 130} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A refusal that has no `KedgeError` code: a wrong argument, a file that is not there, a check that failed. */
export class CliError extends Error {
  override readonly name = 'CliError' as const;
  readonly exitCode: ExitCode;

  constructor(exit: keyof typeof exitCodes, message: string, options?: {cause?: unknown}) {
    super(message, options);
    this.exitCode = exitCodes[exit];
  }
}

/** Ctrl+C, or SIGTERM. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled' as const;

  constructor() {
    super('cancelled; what was checked and stored until now is kept');
  }
}

const failed = new Set<ErrorCode>([
  'artifact_corrupt',
  'golden_mismatch',
  'output_invalid',
  'release_expired',
  'release_rollback',
  'signature_invalid',
]);
const unavailable = new Set<ErrorCode>([
  'network',
  'response_invalid',
  'runtime_unavailable',
  'storage_full',
  'storage_unavailable',
]);

/** Files and sockets fail with an errno such as `EACCES`; whatever else is thrown is a defect, and counts as failed. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof Cancelled) return exitCodes.cancelled;
  if (isKedgeError(error)) {
    if (failed.has(error.code)) return exitCodes.failed;
    return unavailable.has(error.code) ? exitCodes.unavailable : exitCodes.usage;
  }
  return errnoOf(error) === undefined ? exitCodes.failed : exitCodes.unavailable;
}

/** `ENOENT` and the like; undefined for errors that are not of the operating system. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z]+$/.test(error.code) ? error.code : undefined;
}
