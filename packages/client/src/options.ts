import {checkUnitId} from '@kedge/core';
import type {KedgeOptions} from './api.js';
import {defaultProviders} from './loader.js';
import type {EngineOptions} from './worker/engine.js';

const defaultGraceHours = 168;

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
  if (typeof options.registry !== 'string') throw new TypeError('createKedge: registry must be an address');
}

export function engineOptions(options: KedgeOptions): EngineOptions {
  const [first] = options.runtimes[0]?.providers ?? defaultProviders;
  return {
    registry: address(options.registry, 'registry'),
    channel: options.channel,
    trustedKeys: options.trustedKeys,
    graceHours: options.graceHours ?? defaultGraceHours,
    warm: first,
  };
}

/** The collector's options with an absolute address. */
export function collectorOptions({collector}: KedgeOptions): KedgeOptions['collector'] {
  return collector && {...collector, url: address(collector.url, 'collector.url')};
}
