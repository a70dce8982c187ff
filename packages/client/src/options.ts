import {checkUnitId} from '@kedge/core';
import type {KedgeOptions} from './api.js';
import {providersOf} from './providers.js';
import type {HostOptions} from './worker/host.js';

const defaultGraceHours = 168;
const defaultPollSeconds = 300;
/** Timers can't be set for longer than 24 days. */
const maxPollMs = 1e9;
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

/** @throws TypeError for what can't work, at once and not at the first prediction */
export function checkOptions(options: KedgeOptions): void {
  checkUnitId(options.unitId);
  if (!Array.isArray(options.trustedKeys) || options.trustedKeys.length === 0)
    throw new TypeError('createKedge: trustedKeys must hold at least one public key (JWK); kedge keys new makes one');
  if (!Array.isArray(options.runtimes) || options.runtimes.length === 0)
    throw new TypeError('createKedge: runtimes must hold at least one, such as onnx() from @kedge/client/onnx');
  if (typeof options.channel !== 'string' || options.channel === '')
    throw new TypeError('createKedge: channel must be a name such as prod');
  for (const name of ['pollSeconds', 'graceHours', 'storageBudgetBytes'] as const)
    if (options[name] !== undefined && !(typeof options[name] === 'number' && options[name] >= 0))
      throw new TypeError(`createKedge: ${name} must be a number from 0, got ${String(options[name])}`);
  if (options.embedded !== undefined && typeof options.embedded.release !== 'string')
    throw new TypeError('createKedge: embedded.release must be the text of a release, as the registry serves it');
  for (const [name, value] of Object.entries(options.choice ?? {}))
    if (!(value >= 0)) throw new TypeError(`createKedge: choice.${name} must be a number from 0, got ${String(value)}`);
  const registries = registriesOf(options);
  if (registries.length === 0 || !registries.every(registry => typeof registry === 'string'))
    throw new TypeError('createKedge: registry must be an address, or a list of them');
  const {lanes = defaultLanes, stallSeconds = defaultStallSeconds} = options.download ?? {};
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > 6)
    throw new TypeError('createKedge: download.lanes must be a number from 1 to 6');
  if (!(stallSeconds > 0)) throw new TypeError('createKedge: download.stallSeconds must be more than 0');
}

const registriesOf = ({registry}: KedgeOptions): readonly string[] =>
  typeof registry === 'string' ? [registry] : [...registry];

export function engineOptions(options: KedgeOptions): HostOptions {
  const [first] = options.runtimes.flatMap(providersOf);
  return {
    registries: registriesOf(options).map(registry => address(registry, 'registry')),
    lanes: options.download?.lanes ?? defaultLanes,
    stallMs: (options.download?.stallSeconds ?? defaultStallSeconds) * 1000,
    channel: options.channel,
    trustedKeys: options.trustedKeys,
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
  return Math.min(pollSeconds * 1000, maxPollMs);
}

/** The collector's options with an absolute address. */
export function collectorOptions({collector}: KedgeOptions): KedgeOptions['collector'] {
  return collector && {...collector, url: address(collector.url, 'collector.url')};
}
