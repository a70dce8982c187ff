import {type ErrorCode, KedgeError, type Stage} from '@kedge/core';

const stages: Partial<Record<ErrorCode, Stage>> = {
  network: 'download',
  response_invalid: 'download',
  manifest_invalid: 'integrity',
  artifact_corrupt: 'integrity',
  storage_unavailable: 'storage',
  storage_full: 'storage',
  runtime_unavailable: 'runtime',
  model_invalid: 'runtime',
  golden_mismatch: 'golden',
  output_invalid: 'output',
  worker_lost: 'worker',
  deadline_exceeded: 'predict',
};

/** The part in which an error of this code happened. */
export function stageOf(code: ErrorCode): Stage {
  return stages[code] ?? 'release';
}

/** For a call whose worker went away before it began, or because another call was to end: it is made again, and counts for nothing. */
export function innocent(why: string): KedgeError {
  // A mark, because several files of the package bring this one.
  return Object.assign(new KedgeError('worker_lost', why), {innocent: true});
}

export const isInnocent = (error: object) => 'innocent' in error;

/** What the other calls of a worker are told when it is given up. */
export function asLost(cause: KedgeError): KedgeError {
  return new KedgeError('worker_lost', `the worker was started anew: ${cause.message}`, {cause});
}
