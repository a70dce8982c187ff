import {expect} from 'vitest';
import type {Kedge} from '../src/api.js';
import type {ChoiceOptions} from '../src/choice/options.js';
import type {ExecutionProvider} from '../src/runtime/runtime.js';
import {haveWebgpu} from './binaries.js';
import {client} from './client.js';
import {type Faulty, faultyRuntime} from './faults.js';
import {TestRegistry} from './registry.js';

export type Says = ReturnType<typeof faultyRuntime>['says'];

/** WASM first, unless it is said otherwise, and WebGPU, which is in software here; both may be slowed down or made wrong. */
export async function device(faults: Faulty = {}, providers: ExecutionProvider[] = ['wasm', 'webgpu']) {
  const registry = await TestRegistry.create();
  await registry.putRelease(registry.release([await registry.publish('1.0.0', 2)]));
  await registry.putText('/v1/events', '{}', {status: 202});
  await haveWebgpu();
  const faulty = faultyRuntime(faults, providers);
  const collector = {url: registry.url, writeKey: 'key', consent: 'events' as const};
  const open = (choice: ChoiceOptions = {budgetMs: 60_000, fastEnoughMs: 0}) =>
    client(registry, {runtimes: [faulty.runtime], collector, choice, pollSeconds: 0});
  return {...faulty, registry, open};
}

/** Once every provider was timed. */
export const measured = async (kedge: Kedge) => {
  await expect.poll(async () => (await kedge.explain('scale')).measuredAt, {timeout: 60_000}).not.toBeNull();
  return kedge.explain('scale');
};
