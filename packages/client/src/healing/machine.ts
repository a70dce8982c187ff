import {isKedgeError, type KedgeError} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';

/** What went wrong, as far as mending it goes. */
export type Fault =
  /** The worker is gone. */
  | 'crash'
  /** It was given up because it did not answer. */
  | 'hang'
  | 'memory'
  /** The GPU device is gone. */
  | 'device'
  /** The runtime did not start, or trapped: its realm can't be used again. */
  | 'runtime'
  /** Bytes that were stored are missing or wrong. */
  | 'storage'
  /** The version can't be loaded or run, or failed its golden test. */
  | 'version'
  /** NaN, infinity, or outside of its range. */
  | 'output'
  /** The caller's deadline passed. */
  | 'late'
  | 'other';

export type Action =
  /** The same provider in a new worker. */
  | 'restart'
  /** The same in a new worker, from the app's own binary. */
  | 'unpin'
  /** What is missing in the store is fetched, then the same once more. */
  | 'repair'
  /** The provider is given up for this version: the next one. */
  | 'demote'
  /** The version is given up: the one that was installed before. */
  | 'previous'
  /** Nothing more is tried for this call; in `start`, for this version. */
  | 'baseline';

/** Where a fault found us, and what was tried already. */
export interface Situation {
  stage: 'start' | 'run';
  /** Whether the runtime was started from the binary that the manifest pins. */
  pinned: boolean;
  /** Whether this version has crashed too often on this provider. */
  looping: boolean;
  /** How many other providers may still serve this version. */
  others: number;
  /** Whether the version before has not been asked yet. */
  previous: boolean;
  /** New workers on this provider, for this call. */
  restarts: number;
  /** Repairs of the store, for this start. */
  repairs: number;
  /** Runs that failed in a row, this one too. */
  failures: number;
}

/** A version is read in two parts, that which runs and that which tests it. */
const maxRepairs = 2;
/** Of one call, each of which may end a worker: more than any list of providers needs. */
const maxMended = 8;
/** After so many failures in a row whoever answers wrongly is left alone. */
const tripAfter = 3;

const codes: Partial<Record<KedgeError['code'], Fault>> = {
  worker_lost: 'crash',
  runtime_unavailable: 'runtime',
  artifact_corrupt: 'storage',
  storage_unavailable: 'storage',
  golden_mismatch: 'version',
  model_invalid: 'version',
  output_invalid: 'output',
  deadline_exceeded: 'late',
};

/** Engines tell these two only in words. */
const words: [Fault, RegExp][] = [
  [
    'memory',
    /out of memory|enlarge memory|bad_alloc|allocat\w+ (failed|a buffer)|failed to allocate|invalid (typed )?array length/i,
  ],
  ['device', /device.{0,20}(lost|destroyed)/i],
];

export function faultOf({code, message, cause}: KedgeError): Fault {
  const fault = codes[code] ?? 'other';
  if (fault !== 'crash' && fault !== 'runtime' && code !== 'model_invalid') return fault;
  if (isKedgeError(cause) && cause.code === 'deadline_exceeded') return 'hang';
  // A node may have any name.
  const text = message.replace(/Name:'[^']*'/g, '');
  const said = words.find(([, pattern]) => pattern.test(text));
  if (said) return said[0];
  // No word of its own: the file did not come, as without a network.
  return /could not be loaded/.test(message) ? 'runtime' : fault;
}

const poisonous: readonly Fault[] = ['crash', 'hang', 'memory', 'device', 'runtime'];

/** Whether the worker in which it happened can't be used again. */
export const poisons = (fault: Fault) => poisonous.includes(fault);

/** The name without the number of threads: of those the kernels and the heap are the same. */
const kernelsOf = (provider: ExecutionProvider) => provider.split(':')[0];

/** Whether two providers have a realm's runtime in common, which takes its number of threads once. */
export const shareRealm = (one: ExecutionProvider, other: ExecutionProvider) =>
  one !== other && kernelsOf(one) === kernelsOf(other);

/** Whether what failed in runs of one provider may go right on another. */
export function mayReplace(fault: Fault, failed: ExecutionProvider, other: ExecutionProvider): boolean {
  if (fault !== 'output' && fault !== 'memory') return other !== failed;
  // A CPU that gives infinity or NaN is most likely right about odd inputs; a GPU may give a finite number in its place.
  if (fault === 'output' && other === 'webgpu') return false;
  return kernelsOf(other) !== kernelsOf(failed);
}

/** What is done about a fault of a start. Whatever it is, it ends: every action but the last uses up one of the situation's counts. */
export function inStart(fault: Fault, situation: Situation): Action {
  const {pinned, looping, repairs, restarts} = situation;
  if (fault === 'storage' && repairs < maxRepairs) return 'repair';
  if (fault === 'runtime' && pinned) return 'unpin';
  // What did not answer once is not waited for again.
  if (poisons(fault) && fault !== 'hang' && !looping && restarts < 1) return 'restart';
  return onward(situation);
}

/** The same of a run. */
export function inRun(fault: Fault, situation: Situation): Action {
  const lost = poisons(fault);
  if (situation.restarts >= maxMended) return 'baseline';
  if (lost && situation.looping) return onward(situation);
  // The run that never ended would do so again; those that waited behind it are told of a crash.
  if (lost && fault !== 'hang' && situation.restarts < 1) return 'restart';
  if (situation.failures < tripAfter || fault === 'late' || (lost && !/memory|hang/.test(fault))) return 'baseline';
  // Another provider may have more memory, and the version before would be asked for as much.
  return onward({...situation, ...(lost ? {previous: false} : fault !== 'output' && {others: 0})});
}

/** The next in the chain. A start only goes through providers: who asked for it knows the version before. */
function onward({stage, others, previous}: Situation): Action {
  if (others > 0) return 'demote';
  return stage === 'run' && previous ? 'previous' : 'baseline';
}
