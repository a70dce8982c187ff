import {KedgeError} from '@kedge/core';
import type {Run} from './runs.js';

export type Timed = Pick<Run, 'options' | 'startedMs'>;

/** From here on no timer can keep it: it would end at once. */
const tooFarMs = 2 ** 31;

/** Until the deadline of a call; undefined where it has none, or one too far away to keep. */
export function leftMs({options: {deadlineMs = tooFarMs}, startedMs}: Timed): number | undefined {
  return deadlineMs < tooFarMs ? Math.max(Math.ceil(deadlineMs - (performance.now() - startedMs)), 0) : undefined;
}

/** @throws the signal's reason, or KedgeError `deadline_exceeded`, where `work` is not done by then; it goes on */
export function inTime<T>(work: Promise<T>, call: Timed): Promise<T> {
  const {signal, deadlineMs} = call.options;
  const ms = leftMs(call);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal!.reason as Error);
    const onLate = () => reject(new KedgeError('deadline_exceeded', `no answer within ${deadlineMs} ms`));
    const timer = ms === undefined ? ms : setTimeout(onLate, ms);
    signal?.addEventListener('abort', onAbort);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    work.finally(settle).then(resolve, reject);
  });
}
