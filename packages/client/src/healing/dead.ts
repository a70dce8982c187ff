import {KedgeError, type Manifest} from '@kedge/core';
import {delay} from '../delay.js';
import {flightName} from '../names.js';
import {realm} from '../realm.js';
import type {ExecutionProvider} from '../runtime/runtime.js';
import {type Flight, quietly} from './flights.js';

/** Another tab's note may be here before its lock, or for a moment after it: a note so young is looked at twice. */
const youngMs = 5000;
const lookAgainMs = 250;
/** No start and no run takes as long. */
const longMs = 3_600_000;

/** An entry for each, so that tabs do not write over each other's. The lock that a living page holds has the same name. */
function read(): Flight[] {
  const entries = quietly(() => Object.entries(localStorage)) ?? [];
  return entries
    .filter(([name]) => name.startsWith(flightName))
    .map(([, text]) => quietly(() => JSON.parse(text as string) as unknown))
    .filter(isFlight);
}

function isFlight(value: unknown): value is Flight {
  const {id, stage, digest, provider, at} = (value ?? {}) as Partial<Record<keyof Flight, unknown>>;
  return [id, stage, digest, provider].every(text => typeof text === 'string') && typeof at === 'number';
}

/** Flights whose page is gone; they are told once. */
export async function takeDead(): Promise<Flight[]> {
  let dead = await withoutPage();
  if (dead.some(({at}) => Date.now() - at < youngMs)) {
    await delay(lookAgainMs);
    const still = new Set((await withoutPage()).map(({id}) => id));
    dead = dead.filter(({id}) => still.has(id));
  }
  for (const {id} of dead) quietly(() => localStorage.removeItem(flightName + id));
  return dead;
}

async function withoutPage(): Promise<Flight[]> {
  const found = read();
  const locks = found.length > 0 && (await realm.locks?.query().catch(() => undefined));
  // Without them a page that died can't be told from one that is at it, but for that none is at it for so long.
  if (!locks) return found.filter(({at}) => Date.now() - at > longMs);
  const alive = new Set(locks.held?.map(({name}) => name));
  return found.filter(({id}) => !alive.has(flightName + id));
}

/** What is told of tabs that died of a version, and of providers that it has crashed too often on. */
export function crashes(
  {model, version}: Manifest,
  dead: readonly Flight[],
  looping: readonly ExecutionProvider[],
): KedgeError[] {
  const tell = (what: string) => new KedgeError('worker_lost', `${model} ${version}${what}`);
  const when = (at: number) => new Date(at).toISOString();
  return [
    ...dead.map(({stage, provider, at}) =>
      tell(`: the tab or the GPU process died at its ${stage} on ${provider} at ${when(at)}`),
    ),
    ...looping.map(provider =>
      tell(` has crashed too often on ${provider}; tried again in a day, or with another runtime or browser`),
    ),
  ];
}
