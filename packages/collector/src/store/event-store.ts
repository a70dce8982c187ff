import type {Batch, KedgeEvent} from '@kedge/core';
import type {ArmSums} from './arm-sums.js';

/** A batch that was checked and waits to be stored. */
export interface ReceivedBatch {
  project: string;
  batch: Batch;
  /** Its events, in order: event `i` is number `batch.seq + i`. */
  events: readonly KedgeEvent[];
  /** Its bytes, gzipped; as they came, if they came so. */
  body: Uint8Array;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** What became of a batch. */
export interface Written {
  /** Events that were new. */
  accepted: number;
  /** Events that had been stored before, and count once. */
  duplicates: number;
}

/** A body that could not be read, kept for whoever wants to find out why. */
export interface Rejected {
  body: Uint8Array;
  reason: string;
  /** Milliseconds since 1970. */
  receivedAt: number;
}

/** Where events count: one arm of one phase of an experiment, or a model outside of experiments. */
export interface ArmKey {
  project: string;
  /** Empty for units that are in no experiment. */
  experiment: string;
  phase: number;
  model: string;
  /** Empty for units that are in no experiment. */
  arm: string;
}

/** An arm with what has been counted for it. */
export interface ArmRecord extends ArmKey {
  sums: ArmSums;
}

/** The weights of an experiment's arms under one release. */
export interface ReleasedWeights {
  experiment: string;
  phase: number;
  /** The release's version. */
  release: number;
  /** By arm, out of 10 000. */
  weights: Record<string, number>;
}

export interface ArmFilter {
  project?: string | undefined;
  experiment?: string | undefined;
  phase?: number | undefined;
}

/** Where the collector keeps what it accepted. */
export interface EventStore {
  /** All or nothing, durable when it resolves. An event counts once, however often its batch comes. */
  write(batches: readonly ReceivedBatch[]): Promise<Written[]>;
  /** Keeps the newest within a bound. */
  quarantine(rejected: readonly Rejected[]): Promise<void[]>;
  /** Sums of every arm, ordered by project, experiment, model, phase, arm. Its cost does not grow with events. */
  arms(filter?: ArmFilter): Promise<ArmRecord[]>;
  /** Keeps what is new of these, so that the sample ratio can be checked after the weights have changed. */
  rememberWeights(weights: readonly ReleasedWeights[]): Promise<void>;
  /** All weights remembered. */
  weights(): Promise<ReleasedWeights[]>;
  /** Rejects when the store cannot answer. */
  check(): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
