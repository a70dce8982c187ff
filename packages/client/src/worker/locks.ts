/**
 * Runs `work` while no other tab or worker of this origin runs the same. Without Web Locks it just runs: twice the work, the
 * same result.
 *
 * @throws what `work` throws; the signal's reason while it waits for its turn
 */
export async function exclusively<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  let begun = false;
  const begin = () => {
    begun = true;
    return work();
  };
  try {
    return await navigator.locks.request(name, {signal}, begin);
  } catch (error) {
    // Refused as such, where the browser keeps nothing for this site.
    if (begun || signal.aborted) throw error;
    return work();
  }
}
