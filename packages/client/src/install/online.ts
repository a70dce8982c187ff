import {realm} from '../realm.js';

/** Not every browser fires `online` in workers. */
const lookEveryMs = 1000;

/** Resolves when the browser says that there is a network. @throws the signal's reason */
export function whenOnline(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const look = () => {
      if (realm.onLine === false && !signal.aborted) return;
      clearInterval(timer);
      removeEventListener('online', look);
      signal.removeEventListener('abort', look);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setInterval(look, lookEveryMs);
    addEventListener('online', look);
    signal.addEventListener('abort', look);
  });
}
