import {realm} from '../realm.js';

/** Readers share it; who removes has it alone. What is being fetched is spared by its record. Never held for a page's life: that would keep it out of the back/forward cache. */
const lockName = 'kedge:store';
/** How long removing waits for those who read: whoever wants to read waits behind it. */
const waitMs = 2000;

/**
 * Keeps removals in every tab waiting until the returned function is called. Without Web Locks removals are still one
 * transaction that spares what is named or pinned; a reader may then find a chunk gone, and fetches it again.
 *
 * @param name of another lock that readers share
 * @throws the signal's reason while it waits
 */
export function hold(signal?: AbortSignal, name = lockName): Promise<() => void> {
  return new Promise((resolve, reject) => {
    if (!realm.locks) return resolve(() => {});
    const held = () => new Promise<void>(release => resolve(release));
    // Refused as such (SecurityError) where the browser keeps nothing for this site: then nothing is removed either.
    realm.locks.request(name, {mode: 'shared', ...(signal && {signal})}, held).catch((error: unknown) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (error instanceof DOMException) resolve(() => {});
    });
  });
}

/** Runs `work` while nobody removes. */
export async function holding<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const release = await hold(signal);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Runs `work` while nobody reads, in any tab.
 *
 * @param patient whether it is worth waiting for them a moment
 * @returns undefined when they did not end in time
 */
export async function alone<T>(work: () => Promise<T>, patient: boolean): Promise<T | undefined> {
  if (!realm.locks) return work();
  let begun = false;
  const begin = (lock: Lock | null) => {
    begun = lock !== null;
    return begun ? work() : undefined;
  };
  try {
    const options = patient ? {signal: AbortSignal.timeout(waitMs)} : {ifAvailable: true};
    return await realm.locks.request(lockName, {mode: 'exclusive', ...options}, begin);
  } catch (error) {
    if (begun) throw error;
    return undefined;
  }
}

/** What follows `prefix` in the names of locks that somebody of this site has now. */
export async function namesHeld(prefix: string): Promise<string[]> {
  try {
    const {held = []} = await realm.locks!.query();
    return held.flatMap(({name}) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  } catch {
    return [];
  }
}
