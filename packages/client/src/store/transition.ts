import type {ErrorCode, Manifest} from '@kedge/core';
import type {CatalogRecord, VersionState} from './record.js';

/** What can happen to a version on this device. */
export type Step =
  /** Somebody fetches what is missing: of a new version, of one that failed, or of one that the browser took bytes from. */
  | {move: 'begin'; digest: string; manifest: Manifest}
  /** Every chunk is stored. */
  | {move: 'complete'}
  /** The golden inputs gave the expected outputs. */
  | {move: 'pass'}
  | {move: 'serve'}
  /** Another version of the model serves; this one is the way back. */
  | {move: 'retire'}
  | {move: 'fail'; code: ErrorCode};

type From = VersionState | 'absent';

/** The whole machine: what is not in it can't happen. Leaving it (`absent` again) is removal, and `policy.ts` decides it. */
const moves: Readonly<Record<Step['move'], Partial<Record<From, VersionState>>>> = {
  begin: {
    absent: 'downloading',
    downloading: 'downloading',
    verified: 'downloading',
    tested: 'downloading',
    active: 'downloading',
    retired: 'downloading',
    failed: 'downloading',
  },
  // Without Web Locks two tabs may fetch the same version: the second to end finds it complete, or given up, already.
  complete: {
    downloading: 'verified',
    verified: 'verified',
    tested: 'tested',
    active: 'active',
    retired: 'retired',
    failed: 'verified',
  },
  pass: {verified: 'tested', tested: 'tested', active: 'active', retired: 'retired'},
  serve: {tested: 'active', active: 'active', retired: 'active'},
  retire: {active: 'retired', retired: 'retired'},
  fail: {
    downloading: 'failed',
    verified: 'failed',
    tested: 'failed',
    active: 'failed',
    retired: 'failed',
    failed: 'failed',
  },
};

/** Undefined when the step can't be taken from there. */
export function next(from: From, move: Step['move']): VersionState | undefined {
  return moves[move][from];
}

/**
 * The record after a step. Pure: every write of the catalog goes through it.
 *
 * @throws TypeError for a step that can't be taken
 */
export function advance(record: CatalogRecord | undefined, step: Step, at: number): CatalogRecord {
  const from = record?.state ?? 'absent';
  const state = next(from, step.move);
  if (!state) throw new TypeError(`a version that is ${from} can't ${step.move}`);
  const base = record ?? newRecord(step as Step & {move: 'begin'}, at);
  return {
    ...base,
    state,
    code: step.move === 'fail' ? step.code : null,
    changedAt: at,
    verifiedAt: step.move === 'complete' ? at : base.verifiedAt,
    lastServedAt: step.move === 'serve' ? at : base.lastServedAt,
  };
}

/** Only `begin` leads out of `absent`. */
function newRecord({digest, manifest}: Step & {move: 'begin'}, at: number): CatalogRecord {
  return {
    digest,
    manifest,
    state: 'downloading',
    code: null,
    installedAt: at,
    changedAt: at,
    verifiedAt: null,
    lastServedAt: null,
  };
}
