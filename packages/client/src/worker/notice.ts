import type {KedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import type {StorageChange} from '../store/api.js';
import type {Marked} from '../store/lost.js';
import {fromWire, type WireError} from './protocol.js';

type Wired<Change> = Change extends {problem: KedgeError} ? Omit<Change, 'problem'> & {problem: WireError} : Change;

/** What a worker tells its page beside its answers: what changed in the store, all that is whole in it now, and how far a call is. */
export type Notice = {change: Wired<StorageChange>} | {marked: readonly Marked[]} | {call: number; progress: Progress};

export function changeOf(wired: Wired<StorageChange>): StorageChange {
  return 'problem' in wired ? {...wired, problem: fromWire(wired.problem) as KedgeError} : wired;
}
