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

/** What the other calls of a worker are told when it is given up. */
export function asLost(cause: KedgeError): KedgeError {
  return new KedgeError('worker_lost', `the worker was started anew: ${cause.message}`, {cause});
}
