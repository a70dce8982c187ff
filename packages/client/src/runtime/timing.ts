import type {Manifest} from '@kedge/core';
import {readGolden} from '../install/assemble.js';
import type {Store} from '../store/store.js';
import {readTensors} from './golden.js';
import {nextTask} from './next-task.js';
import type {Session, Tensors} from './runtime.js';

const most = 15;
const leastMs = 5;
const mostTogether = 256;

/**
 * Runs a version's first golden input again and again.
 *
 * @param budgetMs after it no other run begins; two are made in any case
 * @returns milliseconds of a run, several times, without what it waits for the page's own; the very first run is left out, which still compiles and allocates
 */
export async function time(manifest: Manifest, session: Session, store: Store, budgetMs: number): Promise<number[]> {
  const [golden] = manifest.golden;
  if (!golden) return [];
  const inputs = readTensors(golden.inputs, await readGolden(manifest, store));
  const once = async (runs: number) => {
    await nextTask();
    return (await timed(session, inputs, runs)) / runs;
  };
  const until = performance.now() + budgetMs;
  const times: number[] = [];
  await once(1);
  for (let together = 1; times.length === 0 || (times.length < most && performance.now() < until);) {
    const ms = await once(together);
    // Clocks are as coarse as 0.1 ms, in some browsers 1 ms: what is shorter is timed together.
    if (ms * together < leastMs && together < mostTogether) together *= 4;
    else times.push(ms);
  }
  return times;
}

/** Milliseconds that so many runs take, one after another, from the moment that it is their turn: others may be waiting. */
export function timed(session: Session, inputs: Tensors, runs: number): Promise<number> {
  return session.turns(async () => {
    const began = performance.now();
    for (let run = 0; run < runs; run++) await session.compute(inputs);
    return performance.now() - began;
  });
}
