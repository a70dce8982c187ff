import {KedgeError} from '@kedge/core';
import type {ModelOptions, Progress} from './api.js';
import {realm} from './realm.js';

/** Seen twice in a row, a network that is off is no hiccup. Looked for, since a page may learn nothing by events while another tab is at it. */
const lookEveryMs = 2500;

export type Wait = Pick<ModelOptions, 'signal' | 'onProgress'>;

/**
 * A load that has begun and waits for a network that is off is given up where something else can answer; what was verified
 * stays, and tabs that wait behind it go on. Else it waits, however long.
 *
 * @param hasOther whether something else can answer
 * @throws KedgeError `network` when it was given up; what `load` throws
 */
export async function untilCutOff<T>(
  {signal, onProgress}: Wait,
  hasOther: () => Promise<boolean>,
  load: (wait: Wait) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let waits = false;
  let seen = 0;
  const look = async () => {
    seen = waits && realm.onLine === false ? seen + 1 : 0;
    if (seen > 1 && (await hasOther()))
      stop.abort(new KedgeError('network', 'the network is off; what was downloaded is kept, call model() again'));
  };
  const timer = setInterval(() => void look().catch(() => {}), lookEveryMs);
  const hear = (progress: Progress) => {
    waits = progress.state === 'waiting';
    onProgress?.(progress);
  };
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  return load({signal: either, onProgress: hear}).finally(() => clearInterval(timer));
}
