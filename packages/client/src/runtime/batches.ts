import type {Manifest} from '@kedge/core';
import {readGolden} from '../install/assemble.js';
import type {Store} from '../store/store.js';
import {joined, rowOf} from './batch.js';
import {numberAt} from './dtype.js';
import {readTensors} from './golden.js';
import {nextTask} from './next-task.js';
import {isFixed, probes} from './probes.js';
import type {Session, Tensor, Tensors} from './runtime.js';

const sizes = [2, 4, 8, 16, 32];
/** So many rows are of all kinds, see probes.ts: each size is tried with them all. */
const kinds = 8;
/** A batch that takes longer saves nothing worth the wait of its first row. */
const mostMs = 20;

/**
 * Tries how many rows this session may compute as one batch: as many as give each row, to the bit, what it gives alone. A
 * kernel may add up in another order for another number of rows, an operator may look at the range of all rows at once, and
 * what a model calls its batch may be none.
 *
 * @param manifest with the number of rows as the first dimension of every tensor, see batch.ts
 * @returns ascending; empty where no batch is to be made
 */
export async function batches(manifest: Manifest, session: Session, store: Store): Promise<number[]> {
  const golden = await goldenRows(manifest, store);
  if (golden.length === 0 || manifest.inputs.some(spec => isFixed(spec, golden))) return [];
  const row = probes(golden, manifest.inputs);
  // The very first run still compiles and allocates.
  await session.run(row(0));
  const singles: Tensors[] = [];
  const single = async () => {
    const {answer, ms} = await timed(session, row(singles.length));
    singles.push(rowOf(answer, 0, 1));
    return ms;
  };
  const good: number[] = [];
  let ms = await undisturbed(await single(), single);
  for (const size of sizes) {
    if (isLong(ms)) break;
    while (singles.length < Math.max(size, kinds)) await single();
    const batch = (first: number) => timed(session, joined(Array.from({length: size}, (_, i) => row(first + i))));
    let same = true;
    ms = Infinity;
    for (let first = 0; same && first < singles.length; first += size) {
      const {answer, ms: took} = await batch(first);
      ms = Math.min(ms, took);
      same = singles.slice(first, first + size).every((alone, i) => isSame(alone, rowOf(answer, i, size)));
    }
    if (same) good.push(size);
    ms = await undisturbed(ms, async () => (await batch(0)).ms);
  }
  // Of rows with one result nobody can say whether they were kept apart: of two, one pair at least has two.
  return singles.some((single, i) => i % 2 === 1 && !isSame(single, singles[i - 1]!)) ? good : [];
}

/** Twice the rows take at most twice the time. */
const isLong = (ms: number) => 2 * ms > mostMs;

/** A machine that was at something else for a moment says nothing of the model: what may have been that is timed again. */
async function undisturbed(ms: number, again: () => Promise<number>): Promise<number> {
  for (let tries = 2; tries > 0 && isLong(ms) && ms < 2 * mostMs; tries--) ms = Math.min(ms, await again());
  return ms;
}

/** Milliseconds from the moment that it is its turn: the page's own runs may be waiting. */
async function timed(session: Session, inputs: Tensors): Promise<{answer: Tensors; ms: number}> {
  await nextTask();
  return session.turns(async () => {
    const began = performance.now();
    const answer = await session.compute(inputs);
    return {answer, ms: performance.now() - began};
  });
}

async function goldenRows(manifest: Manifest, store: Store): Promise<Tensors[]> {
  const files = await readGolden(manifest, store);
  return manifest.golden.flatMap(({inputs}) => {
    const tensors = readTensors(inputs, files);
    const count = Object.values(tensors)[0]?.shape[0] ?? 0;
    return Array.from({length: count}, (_, i) => rowOf(tensors, i, count));
  });
}

const isSame = (a: Tensors, b: Tensors) => Object.entries(a).every(([name, tensor]) => isSameTensor(tensor, b[name]!));

/** To the bit; NaN is NaN, of which a runtime may give any. */
function isSameTensor(a: Tensor, b: Tensor): boolean {
  if (a.data.length !== b.data.length) return false;
  for (let i = 0; i < a.data.length; i++)
    if (!Object.is(a.data[i], b.data[i]) && !(isNaN(numberAt(a, i)) && isNaN(numberAt(b, i)))) return false;
  return true;
}
