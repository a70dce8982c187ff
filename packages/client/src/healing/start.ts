import {isKedgeError, KedgeError, toKedgeError} from '@kedge/core';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {asLost, isInnocent} from '../failure.js';
import {providersOf} from '../providers.js';
import {fromWire} from '../worker/protocol.js';
import type {Healing, ToStart, Tried} from './healing.js';
import {shareRealm} from './machine.js';

/** A session, and where it stands. */
export interface Begun {
  handle: number;
  life: number;
  provider: ExecutionProvider;
  /** Of the runtime's binary. */
  startedBytes: number;
}

/**
 * Starts a version on the first execution provider that gives the right numbers.
 *
 * @throws KedgeError of the first provider, with what every one of them said; the signal's reason
 */
export async function startVersion(healing: Healing, to: ToStart): Promise<Begun> {
  const left = await healing.candidates(to);
  for (let provider = left.shift(); provider; provider = left.shift()) {
    if (standsElsewhere(healing, provider, to)) moveAlone(healing, to);
    const begun = await startOn(healing, provider, left.length, to);
    if (begun) return begun;
  }
  throw none(to);
}

/** Whether a realm may stand at another number of threads, with which this version was given up. */
function standsElsewhere(healing: Healing, provider: ExecutionProvider, to: ToStart): boolean {
  const refused = [...to.refused.values()];
  return providersOf(to.runtime.descriptor).some(
    other => shareRealm(provider, other) && (refused.includes(other) || !healing.mayServe(to.digest, other)),
  );
}

function moveAlone({places}: Healing, to: ToStart): void {
  places.leave(to.place);
  to.place = places.take(to.manifest, true)!;
  to.runtime = to.place.runtime;
}

/** @returns undefined when this provider is given up */
async function startOn(
  healing: Healing,
  provider: ExecutionProvider,
  others: number,
  to: ToStart,
): Promise<Begun | undefined> {
  const {host} = to.runtime;
  const tried: Tried = {pinned: host.pinned, others, restarts: 0, repairs: 0};
  for (;;) {
    const {life} = host;
    tried.pinned = host.pinned;
    try {
      return await attempt(healing, provider, to);
    } catch (error) {
      if (to.signal.aborted || host.closed || !isKedgeError(error)) throw host.closed ?? error;
      if (isInnocent(error)) continue;
      const action = healing.inStart(error, provider, life, to, tried);
      // A file that did not come, as when the network went for a moment, is worth no word once it has.
      if (action !== 'restart' || error.code !== 'runtime_unavailable') to.problems.push(error);
      if (action === 'restart') tried.restarts++;
      else if (action === 'repair') tried.repairs++;
      else if (action !== 'unpin') return void to.refused.set(error, provider);
    }
  }
}

/** @param fresh whether the worker may begin with what an earlier start left */
async function attempt(healing: Healing, provider: ExecutionProvider, to: ToStart, fresh = false): Promise<Begun> {
  const {digest, problems, onProgress, signal} = to;
  const {host} = to.runtime;
  const {life} = host;
  // It may have run from the memory of a worker that is gone, or have been wrong.
  if (to.foundBy?.host !== host || to.foundBy.life !== life)
    await host.install({digest, variants: []}, onProgress, {signal});
  to.foundBy = undefined;
  const land = healing.flights.begin({stage: 'start', digest, provider});
  try {
    const answer = await host.start(digest, provider, onProgress, {signal});
    if ('spent' in answer) {
      const spent = toKedgeError(fromWire(answer.spent), 'runtime_unavailable', provider);
      host.restart(asLost(spent), life);
      if (fresh) throw spent;
      return await attempt(healing, provider, to, true);
    }
    problems.push(...answer.problems.map(each => fromWire(each) as KedgeError));
    return {...answer, life: host.life};
  } finally {
    land();
  }
}

function none({runtime: {descriptor}, problems}: ToStart): KedgeError {
  const [first] = problems;
  if (!first) return new KedgeError('runtime_unavailable', `${descriptor.name} lists no execution provider`);
  return new KedgeError(first.code, problems.map(({message}) => message).join('; '), {cause: first});
}
