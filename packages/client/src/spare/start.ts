import {toKedgeError} from '@kedge/core';
import {asLost} from '../failure.js';
import type {Healing} from '../healing/healing.js';
import {faultOf, poisons} from '../healing/machine.js';
import type {Loaded, RuntimeHost} from '../loader.js';
import type {Host} from '../worker/host.js';
import {fromWire} from '../worker/protocol.js';

const unheard = () => {};

/**
 * Starts what serves in another worker too, on the same execution provider, held to its golden outputs like any start.
 *
 * @throws KedgeError why it does not start there
 */
export async function startSpare(healing: Healing, serving: Loaded, runtime: RuntimeHost): Promise<Loaded> {
  const {host} = runtime;
  const {digest, provider, place} = serving;
  const {life} = host;
  try {
    await host.install({digest, variants: []}, unheard, {});
    const handle = await session(healing, serving, host);
    return {
      ...serving,
      ...{runtime, host, handle, life: host.life, successor: undefined},
      place: {runtime, bytes: place.bytes, life: host.life},
      firstRun: () => healing.flights.begin({stage: 'first run', digest, provider}),
    };
  } catch (error) {
    const failure = toKedgeError(error, 'runtime_unavailable', provider);
    if (poisons(faultOf(failure))) host.restart(asLost(failure), life);
    throw failure;
  }
}

/** @param again once a worker began with what an earlier start had left and could not go on */
async function session(healing: Healing, of: Loaded, host: Host, again = false): Promise<number> {
  const {digest, provider} = of;
  const {life} = host;
  const land = healing.flights.begin({stage: 'start', digest, provider});
  const answer = await host.start(digest, provider, unheard, {}).finally(land);
  if (!('spent' in answer)) return answer.handle;
  const spent = toKedgeError(fromWire(answer.spent), 'runtime_unavailable', provider);
  host.restart(asLost(spent), life);
  if (again) throw spent;
  await host.install({digest, variants: []}, unheard, {});
  return session(healing, of, host, true);
}
