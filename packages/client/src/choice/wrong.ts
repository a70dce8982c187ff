import {KedgeError} from '@kedge/core';
import type {Healing, ToStart} from '../healing/healing.js';
import {providersOf} from '../providers.js';
import type {Choice} from './chosen.js';
import {gpuOf} from './gpu-of.js';
import {isOn} from './holds.js';
import {probe} from './probe.js';
import {refusedBy} from './rank.js';

/** As long as a device does without the full form for any other reason: another build of the browser's GPU code may be right. */
const forMs = 7 * 86_400_000;

/** That a version can't serve on this device: once every provider has been asked, and where no session of it serves this page, so that it is of no use to the next one. */
export async function noteFailed(healing: Healing, to: ToStart, {code}: KedgeError): Promise<void> {
  const {digest, runtime} = to;
  const all = providersOf(runtime.descriptor);
  if (healing.serving.has(digest) || !all.every(provider => healing.mayServe(digest, provider))) return;
  await healing.hosts[0]!.host.failed(digest, code);
  await noteWrong(healing, to);
}

/** What failed in another way than by wrong golden outputs may not the next time. */
async function noteWrong({notes}: Healing, {digest, runtime, refused}: ToStart): Promise<void> {
  const errors = [...refused];
  const [first] = errors;
  if (!first || errors.some(([{code}]) => code !== 'golden_mismatch')) return;
  const candidates = errors.map(([error, provider]) => refusedBy(provider, error));
  const [{message: wrong}, provider] = first;
  notes.choose(digest, runtime.host, {provider, gpu: gpuOf(await probe()), at: Date.now(), candidates, wrong});
}

/** @throws KedgeError `golden_mismatch` where that was so not long ago, on the GPU that is here now */
export async function refuseWrong({wrong, at, gpu}: Choice): Promise<void> {
  if (wrong && Math.abs(Date.now() - at) < forMs && (await isOn(gpu)))
    throw new KedgeError(
      'golden_mismatch',
      `${wrong}; so it was at ${new Date(at).toISOString()}, and is tried anew a week later`,
    );
}
