import {delay} from '../delay.js';
import {randomId} from '../random-id.js';
import type {Store} from '../store/store.js';

/** Who works, the worker that they are in, and a number that grows while they do. */
interface Lease {
  owner: string;
  realm: string;
  beat: number;
}

const realm = randomId();
/** When a worker was found dead: what else it holds is not watched anew. */
const deadSinceMs = new Map<string, number>();

const beatEveryMs = 1000;
/** A worker that computes may miss a few beats. */
const deadAfterMs = 5000;
const lookEveryMs = 250;

/**
 * Web Locks for browsers without them: a note in the store, renewed while `work` runs. A holder is taken for dead when its
 * beat stands still while this tab watches, by this tab's own clock: the time of day may jump, and is not asked.
 *
 * @param onWait called when somebody else is at it
 * @throws what `work` throws; the signal's reason while it waits for its turn
 */
export async function leased<T>(
  name: string,
  store: Store,
  signal: AbortSignal,
  work: () => Promise<T>,
  onWait: () => void,
): Promise<T> {
  const key = `lease:${name}`;
  const owner = randomId();
  // A store that refuses to write keeps nobody from working: it is twice the work, with the same result.
  await acquire(key, owner, store, signal, onWait).catch(() => signal.throwIfAborted());
  const change = (to: (held: Lease) => Lease | undefined) =>
    store.changeSetting(key, held => (isOwn(held, owner) ? to(held) : held)).catch(() => {});
  const timer = setInterval(() => void change(({beat}) => ({owner, realm, beat: beat + 1})), beatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await change(() => undefined);
  }
}

const isOwn = (held: unknown, owner: string): held is Lease => (held as Lease | undefined)?.owner === owner;

/** For as long only as it takes to see it alive again. */
const isDead = ({realm}: Lease) => performance.now() - (deadSinceMs.get(realm) ?? -Infinity) < deadAfterMs;

/** Resolves when the lease is ours. */
async function acquire(
  key: string,
  owner: string,
  store: Store,
  signal: AbortSignal,
  onWait: () => void,
): Promise<void> {
  let seen: Lease | undefined;
  let sinceMs = performance.now();
  for (let ours = false, waits = false; ; waits = true) {
    await store.changeSetting(key, value => {
      const held = value as Lease | undefined;
      if (held?.owner !== seen?.owner || held?.beat !== seen?.beat) sinceMs = performance.now();
      seen = held;
      if (held && performance.now() - sinceMs >= deadAfterMs) deadSinceMs.set(held.realm, performance.now());
      ours = !held || isDead(held);
      return ours ? {owner, realm, beat: 0} : held;
    });
    if (ours) return;
    if (!waits) onWait();
    await delay(lookEveryMs, signal);
  }
}
