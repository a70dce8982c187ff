import type {KedgeOptions, ModelOptions, PredictOptions} from './api.js';
import {providersOf} from './providers.js';
import type {HostOptions} from './worker/host.js';

const defaultGraceHours = 168;
const defaultPollSeconds = 300;
/** Timers can't be set for longer than 24 days: what is longer than eleven is never. */
export const mostMs = 1e9;
const defaultLanes = 3;
const defaultStallSeconds = 15;

/** An absolute address without a slash at the end; the worker must not take it from its own address. */
function address(url: string, option: string): string {
  try {
    return new URL(url, globalThis.location?.href).href.replace(/\/$/, '');
  } catch {
    throw new TypeError(`createKedge: ${option} is not an address: ${url}`);
  }
}

const isCount = (value: unknown) => value === undefined || (typeof value === 'number' && value >= 0);
const isCallable = (value: unknown) => !value || typeof value === 'function';
const isFilled = (value: unknown) => Array.isArray(value) && value.length > 0;

/** Whether a call may be given these; misuse/options.ts says of others why not. */
export function canCall(options: ModelOptions & PredictOptions): boolean {
  if (Object(options) !== options) return false;
  const {signal, onProgress, baseline, deadlineMs = 0, priority = 0} = options;
  return (
    (!signal || typeof signal.throwIfAborted === 'function') &&
    isCallable(onProgress) &&
    isCallable(baseline) &&
    [deadlineMs, priority].every(number => Number(number) === number)
  );
}

/** Whether they can work; misuse/options.ts says of others why not. */
export function canWork(options: KedgeOptions): boolean {
  if (!canCall(options)) return false;
  const {trustedKeys, runtimes, channel, registry, embedded, choice, download} = options;
  const {lanes = defaultLanes, stallSeconds = defaultStallSeconds} = download ?? {};
  const {pollSeconds, graceHours, storageBudgetBytes, workerBudgetBytes, hangSeconds} = options;
  const registries = [registry].flat();
  const counts = [pollSeconds, graceHours, storageBudgetBytes, workerBudgetBytes, hangSeconds];
  return (
    [trustedKeys, runtimes, registries].every(isFilled) &&
    [channel, embedded ? embedded.release : '', ...registries].every(text => typeof text === 'string') &&
    channel !== '' &&
    [...counts, ...Object.values({...choice})].every(isCount) &&
    [1, 2, 3, 4, 5, 6].includes(lanes) &&
    stallSeconds > 0 &&
    hangSeconds !== 0
  );
}

export function engineOptions(options: KedgeOptions): HostOptions {
  const [first] = options.runtimes.flatMap(providersOf);
  const {channel, trustedKeys, hangSeconds, download} = options;
  const {lanes = defaultLanes, stallSeconds = defaultStallSeconds} = download ?? {};
  return {
    channel,
    trustedKeys,
    hangSeconds,
    registries: [options.registry].flat().map(registry => address(registry, 'registry')),
    lanes,
    stallMs: Math.min(stallSeconds * 1000, mostMs),
    graceHours: options.graceHours ?? defaultGraceHours,
    pinned: true,
    embeddedRelease: options.embedded?.release,
    embeddedManifests: options.embedded?.manifests ?? [],
    budgetBytes: options.storageBudgetBytes ?? null,
    // Of several runtimes another one may be asked for: a device fetches none that it does not run.
    warm: first && {provider: first, at: options.runtimes.length === 1 ? 'open' : 'install'},
  };
}

/** 0 is never. */
export function pollMs({pollSeconds = defaultPollSeconds}: KedgeOptions): number {
  return Math.min(pollSeconds * 1000, mostMs);
}

/** The collector's options with an absolute address. */
export function collectorOptions({collector}: KedgeOptions): KedgeOptions['collector'] {
  return collector && {...collector, url: address(collector.url, 'collector.url')};
}
