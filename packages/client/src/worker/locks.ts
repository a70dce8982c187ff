/** Runs `work` while no other tab or worker of this origin runs the same. Without Web Locks it just runs: twice the work, the same result. */
export async function exclusively<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  return navigator.locks.request(name, {signal}, work);
}
