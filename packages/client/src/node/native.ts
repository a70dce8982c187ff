import {workerData} from 'node:worker_threads';
import type {ThreadData} from './serve.js';

/** What a thread shares with whoever ends it: how many turns of native code it is in, and whether it is to end. */
export type NativeTurns = Int32Array<SharedArrayBuffer>;

const toEnd = 2 ** 30;

export const noTurns = (): NativeTurns => new Int32Array(new SharedArrayBuffer(4));

/**
 * A thread that is terminated within native code takes its whole process along: what such code throws when it comes back, as
 * onnxruntime-node does, nobody can catch. From now on the thread begins no turn, and ends itself after the last one.
 *
 * @returns how many turns it is in: with none it may be terminated at once
 */
export function askToEnd(turns: NativeTurns): number {
  return Atomics.or(turns, 0, toEnd) & ~toEnd;
}

/** Holds the calling thread until the other one is in no turn. For the end of a process, which terminates its threads. */
export function holdForTurns(turns: NativeTurns): void {
  for (let count = askToEnd(turns); count > 0; count = askToEnd(turns)) Atomics.wait(turns, 0, count | toEnd);
}

/** Runs what loads or computes in native code: its thread is not terminated meanwhile. Never settles in a thread that is to end. */
export async function nativeTurn<T>(work: () => Promise<T>): Promise<T> {
  const turns = (workerData as Partial<ThreadData> | null)?.turns;
  if (!turns) return work();
  const before = Atomics.add(turns, 0, 1);
  const isLate = before >= toEnd;
  try {
    if (!isLate) return await work();
  } finally {
    leave(turns);
  }
  return new Promise(() => {});
}

function leave(turns: NativeTurns): void {
  const before = Atomics.sub(turns, 0, 1);
  Atomics.notify(turns, 0);
  // Not here, where native code may still be on the stack.
  if (before === toEnd + 1) setImmediate(() => process.exit());
}
