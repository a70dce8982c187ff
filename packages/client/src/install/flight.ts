import {type ErrorCode, KedgeError} from '@kedge/core';
import type {Progress} from '../api.js';
import {tellTabs} from '../channel.js';
import {delay} from '../delay.js';
import {realm} from '../realm.js';
import type {Store} from '../store/store.js';
import {installName} from '../names.js';
import {exclusively} from '../worker/locks.js';
import {isRegistrys} from './persist.js';
import type {RegistryBlob} from './runs.js';

export interface FlightOptions {
  /** Names whose turn it is already, see `ifFree`. */
  held?: readonly string[] | undefined;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Where leases are noted, if it comes to that. */
  store: Store;
}

/** Less is fetched twice in less time than it may have to wait for. */
const leastBytes = 2 ** 18;
const waiting: Progress = {state: 'waiting', reason: 'other_tab', retryInMs: null};

/** Why one tab has failed, for the others. */
interface Failure {
  failed: [ErrorCode, string];
}

/** Until each of the others has heard of a failure: it may be told so later than that it is its turn. */
const heardMs = 50;

/**
 * Work that one tab does while the others wait and are told how far it is. When that tab goes, whatever the reason, the next
 * one takes over. What the registry failed it with is the result of those that wait too: asked by each in turn, a registry
 * that is silent would keep the last one waiting for as many times as long.
 *
 * @param work tells its progress here and in the other tabs
 * @throws what `work` throws; the signal's reason
 */
export async function inOneFlight<T>(
  name: string,
  options: FlightOptions,
  work: (onProgress: (progress: Progress) => void) => Promise<T>,
): Promise<T> {
  const {onProgress} = options;
  const channel = globalThis.BroadcastChannel && new BroadcastChannel(name);
  let waits = false;
  let failed: Failure['failed'] | undefined;
  channel?.addEventListener('message', ({data}: MessageEvent<Progress | Failure>) => {
    if ('failed' in data) ({failed} = data);
    else if (waits) onProgress(data);
  });
  const wait = () => {
    waits = true;
    onProgress(waiting);
  };
  const lead = async () => {
    if (failed) throw new KedgeError(...failed);
    waits = false;
    const tell = (progress: Progress) => {
      tellTabs(channel, progress);
      onProgress(progress);
    };
    return work(tell).catch(error => tellFailure(error, channel));
  };
  return inTurn(name, options, lead, wait).finally(() => channel?.close());
}

/** Nothing of an abort, and of what one device lacks room for: each tab may have that in memory. @throws the error, once it was heard */
async function tellFailure(error: unknown, channel: BroadcastChannel | undefined): Promise<never> {
  if (isRegistrys(error)) {
    tellTabs(channel, {failed: [error.code, error.message]} satisfies Failure);
    await delay(heardMs);
  }
  throw error;
}

/** `work` while no other tab, or process, is at what has this name. @throws as `inOneFlight` */
export async function inTurn<T>(
  name: string,
  {signal, store, held}: Pick<FlightOptions, 'signal' | 'store' | 'held'>,
  work: () => Promise<T>,
  onWait: () => void,
): Promise<T> {
  if (held?.includes(name)) return work();
  // Web Locks do not reach the other processes that share a folder.
  if (store.kind === 'memory' || (realm.locks && store.kind !== 'file')) return exclusively(name, signal, work, onWait);
  const lease = await import('../lease.js').catch(() => undefined);
  return lease ? lease.leased(name, store, signal, work, onWait) : work();
}

/**
 * `work` while nobody else fetches any of these blobs, for another version that has them too. All ask in one order, so that no
 * two wait for each other.
 *
 * @param work is told whether it had to wait: what it knew of the store is old then
 * @throws as `inOneFlight`
 */
export function inTurns<T>(
  blobs: readonly RegistryBlob[],
  options: FlightOptions,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  let waited = false;
  const wait = () => {
    waited = true;
    options.onProgress(waiting);
  };
  const names = options.store.kind === 'memory' ? [] : turnsOf(blobs);
  return names.reduceRight(
    (next, name) => () => inTurn(name, options, next, wait),
    () => work(waited),
  )();
}

/** In the one order in which all ask for them. */
export function turnsOf(blobs: readonly RegistryBlob[]): string[] {
  const shared = blobs.filter(({bytes}) => bytes >= leastBytes);
  return [...new Set(shared.map(({sha256}) => installName + sha256))].sort();
}

/**
 * `work`, holding all of these where nobody else holds one: asked for at once, which nothing that waits may do. Else it holds
 * none of them, and takes its turns.
 */
export async function ifFree<T>(names: readonly string[], work: (held: readonly string[]) => Promise<T>): Promise<T> {
  let end!: () => void;
  const ended = new Promise<void>(resolve => (end = resolve));
  const ask = (name: string) =>
    new Promise(resolve => {
      const hold = (lock: unknown) => (resolve(lock), lock && ended);
      realm.locks!.request(name, {ifAvailable: true}, hold).catch(() => resolve(null));
    });
  const locks = await Promise.all(names.map(ask));
  const held = locks.every(Boolean) ? names : [];
  if (!held.length) end();
  return work(held).finally(end);
}
