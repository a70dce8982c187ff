import type {Manifest} from '@kedge/core';
import {readGolden} from '../install/assemble.js';
import type {Store} from '../store/store.js';
import {joined, rowOf} from './batch.js';
import {numberAt} from './dtype.js';
import {readTensors} from './golden.js';
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
  const single = async () => void singles.push(rowOf(await session.run(row(singles.length)), 0, 1));
  const good: number[] = [];
  let ms = await timed(single);
  for (const size of sizes) {
    // Twice the rows take at most twice the time.
    if (2 * ms > mostMs) break;
    while (singles.length < Math.max(size, kinds)) await single();
    let same = true;
    for (let first = 0; same && first < singles.length; first += size) {
      const rows = Array.from({length: size}, (_, i) => row(first + i));
      let answer: Tensors = {};
      ms = await timed(async () => void (answer = await session.run(joined(rows))));
      same = rows.every((_, i) => isSame(singles[first + i]!, rowOf(answer, i, size)));
    }
    if (same) good.push(size);
  }
  // Of rows with one result nobody can say whether they were kept apart: of two, one pair at least has two.
  return singles.some((single, i) => i % 2 === 1 && !isSame(single, singles[i - 1]!)) ? good : [];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
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
