import {realm} from '../realm.js';

/**
 * Runs `work` while no other tab or worker of this origin runs the same. Without Web Locks it just runs: twice the work, the
 * same result.
 *
 * @param onWait called when somebody else is at it
 * @throws what `work` throws; the signal's reason while it waits for its turn
 */
export function exclusively<T>(
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  onWait?: () => void,
): Promise<T> {
  const {locks} = realm;
  if (!locks) return work();
  return new Promise((resolve, reject) => {
    let begun = false;
    // What came of it is told before the lock is given back: that takes a turn of the browser.
    const begin = async () => {
      begun = true;
      resolve(await work());
      return true;
    };
    const turn = async () => {
      if (await locks.request(name, {ifAvailable: true}, lock => lock && begin())) return;
      onWait?.();
      await locks.request(name, {signal}, begin);
    };
    turn().catch((error: Error) => {
      // Refused as such, where the browser keeps nothing for this site.
      if (begun || signal.aborted) reject(error);
      else resolve(work());
    });
  });
}
