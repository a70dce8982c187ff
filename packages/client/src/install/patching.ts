import {type ErrorCode, type KedgeError, type Manifest, toKedgeError} from '@kedge/core';
import {toWire} from '../worker/protocol.js';
import type {Work} from './installer.js';
import {make, plan, type PlannedPatch} from './patches.js';

/**
 * Makes what patches can make of a version, where that is less to fetch.
 *
 * @param onPlan told how many bytes that saves, before the first one is fetched; not where there is none
 * @throws KedgeError `storage_full`; the signal's reason
 */
export async function applyPatches(
  manifest: Manifest,
  work: Work,
  onPlan: (savedBytes: number) => void,
): Promise<void> {
  if (typeof DecompressionStream === 'undefined') return;
  try {
    const planned = await plan(manifest, work.has, work.store);
    if (planned.length === 0) return;
    onPlan(planned.reduce((sum, {madeBytes, missingBytes}) => sum + madeBytes - missingBytes, 0));
    for (const one of planned) if (!(await apply(one, work))) return;
  } catch (error) {
    note(error, 'network', 'patches could not be used', work);
  }
}

/** @throws what the rest would meet too; the signal's reason */
function note(error: unknown, code: ErrorCode, what: string, {signal, problems}: Work): KedgeError {
  signal.throwIfAborted();
  const problem = toKedgeError(error, code, what);
  if (problem.code === 'storage_full') throw problem;
  problems.push(toWire(problem));
  return problem;
}

/**
 * A patch saves bytes and is never needed: whatever is wrong with it, also that it can't be had, the rest is fetched whole.
 *
 * @returns whether another one is worth asking for: not where the network failed
 */
async function apply(planned: PlannedPatch, work: Work): Promise<boolean> {
  const {signal, has, meter, writer, download} = work;
  try {
    await download.bring([{...planned.patch, isSpare: true}]);
    await writer.drain();
    meter.begin('patching', planned.madeBytes);
    for await (const chunk of make(planned, has, await writer.store, signal)) {
      has.add(chunk.sha256);
      meter.verified(chunk.data.length);
      await writer.add(chunk);
    }
    return true;
  } catch (error) {
    return note(error, 'artifact_corrupt', `the patch ${planned.patch.sha256}`, work).code !== 'network';
  } finally {
    await writer.drain();
  }
}
