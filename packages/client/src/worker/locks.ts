import {realm} from '../realm.js';

/**
 * Runs `work` while no other tab or worker of this origin runs the same. Without Web Locks it just runs: twice the work, the
 * same result.
 *
 * @param onWait called when somebody else is at it
 * @throws what `work` throws; the signal's reason while it waits for its turn
 */
export async function exclusively<T>(
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  onWait?: () => void,
): Promise<T> {
  if (!realm.locks) return work();
  let begun = false;
  const begin = () => {
    begun = true;
    return work();
  };
  try {
    const atOnce = await realm.locks.request(name, {ifAvailable: true}, async lock => lock && {value: await begin()});
    if (atOnce) return atOnce.value;
    onWait?.();
    return await realm.locks.request(name, {signal}, begin);
  } catch (error) {
    // Refused as such, where the browser keeps nothing for this site.
    if (begun || signal.aborted) throw error;
    return work();
  }
}
