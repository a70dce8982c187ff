import {KedgeError} from '@kedge/core';

/** A timer of more would end at once. */
const mostMs = 2e9;

/** The app's own files may come over a slow network. */
export const fetchMs = 300_000;

/**
 * Ends the waiting for what may never answer, as a GPU process that hangs: its worker hears everything else meanwhile, and
 * nobody outside can tell.
 *
 * @param ms counted only while this realm is awake; 0, or more than a timer can keep, is for ever
 * @throws KedgeError `worker_lost` because of `deadline_exceeded`: the realm can't be used again
 */
export function within<T>(ms: number | undefined, work: Promise<T>, onLate?: (error: KedgeError) => void): Promise<T> {
  if (!ms || ms > mostMs) return work;
  return new Promise((resolve, reject) => {
    const late = () => {
      const what = `the runtime did not answer within ${ms / 1000} s`;
      const error = new KedgeError('worker_lost', what, {cause: new KedgeError('deadline_exceeded', what)});
      onLate?.(error);
      reject(error);
    };
    // After a sleep the first half is over at once, and the second one is not.
    let timer = setTimeout(() => (timer = setTimeout(late, ms / 2)), ms / 2);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
