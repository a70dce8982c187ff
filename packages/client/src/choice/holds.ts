import type {Loaded} from '../loader.js';
import {providersOf} from '../providers.js';
import type {Choice} from './chosen.js';
import {gpuOf} from './gpu-of.js';
import {probe} from './probe.js';
import {fastest, readCandidates} from './rank.js';

const dayMs = 86_400_000;

/** A network or a driver that fails in four visits, over three days, is more than bad luck. */
const maxTries = 4;

/** Whether this device has that GPU now. */
export const isOn = async (gpu: string) => gpuOf(await probe()) === gpu;

/** Whether nothing is to be measured anew: nothing that is left open is due, and no provider has come or gone that would change it. */
export function holds(choice: Choice, {runtime, provider}: Pick<Loaded, 'runtime' | 'provider'>): boolean {
  const all = providersOf(runtime.descriptor);
  const here = readCandidates(choice.candidates).filter(known => all.includes(known.provider));
  if (isDue(choice) || here.length < all.length) return false;
  // Another page of this site may have more of them: its choice is left to it, where this one would not gain by its own.
  return all.includes(choice.provider) || fastest(here, provider) === provider;
}

/** What was left open is tried again at the next visit, then a day later, and once more two days after that. */
function isDue({at, tries = 0}: Choice): boolean {
  return tries > 0 && tries < maxTries && Math.abs(Date.now() - at) >= (tries - 1) * dayMs;
}
