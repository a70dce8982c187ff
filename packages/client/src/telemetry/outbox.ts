import type {KedgeEvent} from '@kedge/core';

/** What a label needs of a prediction made earlier, here or in another tab. */
export interface LedgerEntry {
  context: KedgeEvent['context'];
  predicted: number | null;
  /** The predicted number, where the task is not a classification. */
  value: number | null;
}

/** Events of one client instance, numbered from `seq`; written together. */
export interface Group {
  epoch: string;
  seq: number;
  at: number;
  /** The page that recorded them said that it goes away: whoever comes next may seal them at once. */
  abandoned: boolean;
  events: KedgeEvent[];
  /** By the event's number. */
  ledger: Record<number, LedgerEntry>;
}

/** Events sealed for sending: their bytes never change again, so that sending twice counts once. */
export interface SealedBatch {
  epoch: string;
  seq: number;
  count: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Events on this device that no collector has acknowledged. One contract, run on every implementation. */
export interface Outbox {
  /** Random, stays until everything is forgotten. */
  producer(): Promise<string>;
  append(group: Group): Promise<void>;
  /** Unsealed groups, in order, of every instance. */
  groups(): Promise<Group[]>;
  /** In one step: the groups' events become the batch. */
  seal(groups: readonly Group[], batch: SealedBatch): Promise<void>;
  /** Sealed batches, the oldest first. */
  batches(limit: number): Promise<SealedBatch[]>;
  removeBatch(batch: Pick<SealedBatch, 'epoch' | 'seq'>): Promise<void>;
  removeGroups(groups: readonly Pick<Group, 'epoch' | 'seq'>[]): Promise<void>;
  /** Events that wait, sealed or not. */
  waiting(): Promise<number>;
  /** Undefined when it is not known here, or too old. */
  findPrediction(epoch: string, seq: number): Promise<LedgerEntry | undefined>;
  /** Removes what the ledger kept longer than `beforeMs`. */
  trimLedger(beforeMs: number): Promise<void>;
  getSetting(key: string): Promise<unknown>;
  putSetting(key: string, value: unknown): Promise<void>;
  /** Removes everything, the producer's identity too. */
  clear(): Promise<void>;
  close(): void;
}
