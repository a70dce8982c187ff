import type {ModelOptions, Progress} from './api.js';
import type {HasOther} from './cut-off.js';

export type Wait = Pick<ModelOptions, 'signal' | 'onProgress'>;

/**
 * A load that has begun and waits for a network that is off is given up where something else can answer; what was verified
 * stays, and tabs that wait behind it go on. Else it waits, however long; also where the file that looks did not come.
 *
 * @param mayAnswer whether something else can, and what finds it on this device
 * @throws KedgeError `network` when it was given up; what `load` throws
 */
export function untilCutOff<T>(
  {signal, onProgress}: Wait,
  mayAnswer: (has: HasOther) => Promise<boolean>,
  load: (wait: Wait) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let watching: Promise<(progress: Progress) => void> | undefined;
  const hear = (progress: Progress) => {
    if (/wai|down/.test(progress.state))
      watching ??= import('./cut-off.js').then(({watchNetwork}) => watchNetwork(stop, mayAnswer));
    watching?.then(tell => tell(progress)).catch(() => {});
    onProgress?.(progress);
  };
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  return load({signal: either, onProgress: hear}).finally(() => stop.abort());
}
